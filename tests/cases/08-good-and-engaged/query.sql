WITH all_orders AS (
  SELECT
    o.customer_id,
    COUNT(*) AS orders,
    SUM(o.revenue) AS revenue,
    COUNT(*) FILTER(WHERE
      o.ordered_at > CAST(%(p5)s AS TIMESTAMPTZ)) AS recent_orders,
    SUM(o.revenue) FILTER(WHERE
      o.ordered_at > CAST(%(p5)s AS TIMESTAMPTZ)) AS recent_revenue,
    SUM(o.refunded) AS refunded,
    MIN(o.ordered_at) AS first_at,
    MAX(o.ordered_at) AS last_at
  FROM (
    SELECT
      o.customer_id,
      o.ordered_at,
      GREATEST(
        (
          o.revenue - COALESCE(
            CASE
              WHEN o.refunds <> CAST('[]' AS JSONB)
              THEN (
                SELECT
                  SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                WHERE
                  CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p3)s AS TIMESTAMPTZ)
              )
            END,
            0
          )
        ),
        0
      ) AS revenue,
      COALESCE(
        CASE
          WHEN o.refunds <> CAST('[]' AS JSONB)
          THEN (
            SELECT
              SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
            FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
            WHERE
              CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p3)s AS TIMESTAMPTZ)
          )
        END,
        0
      ) AS refunded
    FROM customers_order AS o
    WHERE
      o.ordered_at <= CAST(%(p3)s AS TIMESTAMPTZ)
      AND (
        o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p3)s AS TIMESTAMPTZ)
      )
  ) AS o
  GROUP BY
    o.customer_id
)
SELECT
  c.id
FROM customers_customer AS c
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND e.time > CAST(%(p2)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p3)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) >= CAST(%(p4)s AS DECIMAL)
    ) IS TRUE
) AS j1
  ON j1.customer_id = c.id
LEFT JOIN (
  SELECT
    *
  FROM all_orders
) AS j2
  ON j2.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p7)s AS INT[])
    )
    AND e.time > CAST(%(p8)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p3)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) >= CAST(%(p4)s AS DECIMAL)
    ) IS TRUE
) AS j3
  ON j3.customer_id = c.id
LEFT JOIN (
  SELECT
    a.customer_id
  FROM customers_event AS a
  WHERE
    a.name_id = ANY(
      CAST(%(p12)s AS INT[])
    )
    AND a.time > CAST(%(p5)s AS TIMESTAMPTZ)
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
) AS j4
  ON j4.customer_id = c.id
WHERE
  (
    (
      NOT j1.customer_id IS NULL
      AND (
        (
          COALESCE(j2.revenue, 0) >= (
            WITH ranked AS MATERIALIZED (
              SELECT
                a.x
              FROM (
                SELECT
                  COALESCE(j1.revenue, 0) AS x
                FROM customers_customer AS c
                LEFT JOIN (
                  SELECT
                    *
                  FROM all_orders
                ) AS j1
                  ON j1.customer_id = c.id
              ) AS a
              WHERE
                NOT a.x IS NULL
            )
            SELECT
              (
                (
                  found.ends
                )[1] + (
                  (
                    (
                      found.ends
                    )[2] - (
                      found.ends
                    )[1]
                  )
                ) * (
                  (
                    (
                      (
                        (
                          n.many - 1
                        )
                      ) * (
                        CAST(%(p6)s AS DECIMAL)
                      ) + 1
                    ) - FLOOR((
                      (
                        (
                          n.many - 1
                        )
                      ) * (
                        CAST(%(p6)s AS DECIMAL)
                      ) + 1
                    ))
                  )
                )
              ) AS limit_
            FROM (
              SELECT
                CAST(COUNT(*) AS DECIMAL) AS many
              FROM ranked AS r
            ) AS n
            CROSS JOIN LATERAL (
              SELECT
                PERCENTILE_DISC(
                  ARRAY[
                    CAST((
                      (
                        FLOOR((
                          (
                            (
                              n.many - 1
                            )
                          ) * (
                            CAST(%(p6)s AS DECIMAL)
                          ) + 1
                        )) - CAST('0.5' AS DECIMAL)
                      ) / NULLIF(n.many, 0)
                    ) AS DOUBLE PRECISION),
                    CAST((
                      (
                        CEIL((
                          (
                            (
                              n.many - 1
                            )
                          ) * (
                            CAST(%(p6)s AS DECIMAL)
                          ) + 1
                        )) - CAST('0.5' AS DECIMAL)
                      ) / NULLIF(n.many, 0)
                    ) AS DOUBLE PRECISION)
                  ]
                ) WITHIN GROUP (ORDER BY
                  v.x ASC) AS ends
              FROM ranked AS v
            ) AS found
          )
        ) IS TRUE
        AND NOT j3.customer_id IS NULL
      )
    )
    AND NOT (
      NOT j4.customer_id IS NULL
    )
  )

-- p1: [3]
-- p2: 2025-12-01 12:00:00+00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: 1
-- p5: 2025-03-01 12:00:00+00:00
-- p6: 0.5
-- p7: [1]
-- p8: 2026-01-30 12:00:00+00:00
-- p9: [5]
-- p10: 365 days, 0:00:00
-- p11: ticket_id
-- p12: [6]
