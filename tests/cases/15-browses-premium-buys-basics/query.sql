WITH left0 AS (
  SELECT
    c.id AS customer_id
  FROM customers_customer AS c
  INNER JOIN (
    SELECT
      e.customer_id
    FROM customers_event AS e
    WHERE
      e.name_id = ANY(
        CAST(%(p1)s AS INT[])
      )
      AND (
        CASE
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p2)s AS TEXT))) = 'number'
          THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p2)s AS TEXT)) AS DECIMAL)
        END > CAST(%(p3)s AS DECIMAL)
      ) IS TRUE
      AND e.time > CAST(%(p4)s AS TIMESTAMPTZ)
      AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
    GROUP BY
      e.customer_id
    HAVING
      (
        COALESCE(COUNT(*), 0) >= CAST(%(p6)s AS DECIMAL)
      ) IS TRUE
  ) AS j1
    ON j1.customer_id = c.id
  WHERE
    NOT j1.customer_id IS NULL
)
SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    *
  FROM left0
) AS j1
  ON j1.customer_id = c.id
INNER JOIN (
  SELECT
    *
  FROM (
    SELECT
      f.customer_id
    FROM left0 AS f
    CROSS JOIN LATERAL (
      SELECT
        1
      FROM customers_event AS e
      WHERE
        (
          e.name_id = ANY(
            CAST(%(p7)s AS INT[])
          )
          AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
        )
        AND e.customer_id = f.customer_id
      HAVING
        (
          SUM(
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p2)s AS TEXT))) = 'number'
              THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p2)s AS TEXT)) AS DECIMAL)
            END
          ) < (
            CAST(%(p8)s AS DECIMAL)
          ) * (
            NULLIF(
              CAST(COUNT(
                CASE
                  WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p2)s AS TEXT))) = 'number'
                  THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p2)s AS TEXT)) AS DECIMAL)
                END
              ) AS DECIMAL),
              0
            )
          )
        ) IS TRUE
    ) AS one
    WHERE
      NOT (
        (
          SELECT
            COUNT(*)
          FROM left0
        ) > 10000
      )
    UNION ALL
    SELECT
      e.customer_id
    FROM customers_event AS e
    WHERE
      (
        e.name_id = ANY(
          CAST(%(p7)s AS INT[])
        )
        AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
      )
      AND (
        SELECT
          COUNT(*)
        FROM left0
      ) > 10000
    GROUP BY
      e.customer_id
    HAVING
      (
        SUM(
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p2)s AS TEXT))) = 'number'
            THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p2)s AS TEXT)) AS DECIMAL)
          END
        ) < (
          CAST(%(p8)s AS DECIMAL)
        ) * (
          NULLIF(
            CAST(COUNT(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p2)s AS TEXT))) = 'number'
                THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p2)s AS TEXT)) AS DECIMAL)
              END
            ) AS DECIMAL),
            0
          )
        )
      ) IS TRUE
  ) AS either
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    NOT j1.customer_id IS NULL AND NOT j2.customer_id IS NULL
  )

-- p1: [2]
-- p2: price
-- p3: 200
-- p4: 2025-12-01 12:00:00+00:00
-- p5: 2026-03-01 12:00:00+00:00
-- p6: 3
-- p7: [1]
-- p8: 60
