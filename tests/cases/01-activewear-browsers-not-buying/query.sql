SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p4)s AS INT[])
    )
    AND (
      LOWER(
        CASE
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p5)s AS TEXT))) = 'string'
          THEN JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p5)s AS TEXT))
        END COLLATE "pg_unicode_fast"
      ) = LOWER(CAST(%(p6)s AS TEXT) COLLATE "pg_unicode_fast")
    ) IS TRUE
    AND e.time > CAST(%(p7)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p3)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) >= CAST(%(p8)s AS DECIMAL)
    ) IS TRUE
) AS j2
  ON j2.customer_id = c.id
LEFT JOIN (
  SELECT
    t.customer_id
  FROM customers_eventtotal AS t
  WHERE
    t.name_id = ANY(
      CAST(%(p2)s AS INT[])
    )
    AND t.last_at > CAST(%(p1)s AS TIMESTAMPTZ)
    AND CASE
      WHEN t.last_at <= CAST(%(p3)s AS TIMESTAMPTZ)
      THEN TRUE
      ELSE (
        SELECT
          COUNT(*)
        FROM customers_event AS later
        WHERE
          (
            later.customer_id = t.customer_id AND later.name_id = t.name_id
          )
          AND later.time > CAST(%(p1)s AS TIMESTAMPTZ)
          AND later.time <= CAST(%(p3)s AS TIMESTAMPTZ)
      ) > 0
    END
) AS j1
  ON j1.customer_id = j2.customer_id
LEFT JOIN (
  SELECT
    a.customer_id
  FROM customers_event AS a
  WHERE
    a.name_id = ANY(
      CAST(%(p12)s AS INT[])
    )
    AND a.time > CAST(%(p13)s AS TIMESTAMPTZ)
    AND a.time <= CAST(%(p3)s AS TIMESTAMPTZ)
    AND NOT EXISTS(
      SELECT
        1
      FROM customers_event AS b
      WHERE
        b.customer_id = a.customer_id
        AND b.name_id = ANY(
          CAST(%(p9)s AS INT[])
        )
        AND b.time > a.time
        AND (
          b.time - a.time
        ) <= CAST(%(p10)s AS INTERVAL)
        AND b.time <= CAST(%(p3)s AS TIMESTAMPTZ)
        AND COALESCE(
          TO_JSONB(
            LOWER(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p11)s AS TEXT))) = 'string'
                THEN JSONB_OBJECT_FIELD_TEXT(a.properties, CAST(%(p11)s AS TEXT))
              END COLLATE "pg_unicode_fast"
            )
          ),
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p11)s AS TEXT))) <> 'null'
            THEN JSONB_OBJECT_FIELD(a.properties, CAST(%(p11)s AS TEXT))
          END
        ) = COALESCE(
          TO_JSONB(
            LOWER(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(b.properties, CAST(%(p11)s AS TEXT))) = 'string'
                THEN JSONB_OBJECT_FIELD_TEXT(b.properties, CAST(%(p11)s AS TEXT))
              END COLLATE "pg_unicode_fast"
            )
          ),
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(b.properties, CAST(%(p11)s AS TEXT))) <> 'null'
            THEN JSONB_OBJECT_FIELD(b.properties, CAST(%(p11)s AS TEXT))
          END
        )
    )
  GROUP BY
    a.customer_id
) AS j3
  ON j3.customer_id = j2.customer_id
WHERE
  (
    (
      j1.customer_id IS NULL AND NOT j2.customer_id IS NULL
    )
    AND NOT (
      NOT j3.customer_id IS NULL
    )
  )

-- p1: 2026-02-15 12:00:00+00:00
-- p2: [1]
-- p3: 2026-03-01 12:00:00+00:00
-- p4: [2]
-- p5: category
-- p6: Activewear
-- p7: 2026-02-27 12:00:00+00:00
-- p8: 3
-- p9: [3]
-- p10: 365 days, 0:00:00
-- p11: ticket_id
-- p12: [4]
-- p13: 2025-03-01 12:00:00+00:00
