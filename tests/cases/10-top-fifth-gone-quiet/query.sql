WITH all_orders AS (
  SELECT
    o.customer_id,
    COUNT(*) AS orders,
    SUM(o.revenue) AS revenue,
    COUNT(*) FILTER(WHERE
      o.ordered_at > CAST(%(p1)s AS TIMESTAMPTZ)) AS recent_orders,
    SUM(o.revenue) FILTER(WHERE
      o.ordered_at > CAST(%(p1)s AS TIMESTAMPTZ)) AS recent_revenue,
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
                  CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p2)s AS TIMESTAMPTZ)
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
              CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p2)s AS TIMESTAMPTZ)
          )
        END,
        0
      ) AS refunded
    FROM customers_order AS o
    WHERE
      o.ordered_at <= CAST(%(p2)s AS TIMESTAMPTZ)
      AND (
        o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p2)s AS TIMESTAMPTZ)
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
    *
  FROM all_orders
) AS j1
  ON j1.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p4)s AS INT[])
    )
    AND e.time > CAST(%(p5)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p2)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    NOT (
      (
        COALESCE(COUNT(*), 0) = CAST(%(p6)s AS DECIMAL)
      ) IS TRUE
    )
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    (
      COALESCE(j1.revenue, 0) >= (
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
                    CAST(%(p3)s AS DECIMAL)
                  ) + 1
                ) - FLOOR((
                  (
                    (
                      n.many - 1
                    )
                  ) * (
                    CAST(%(p3)s AS DECIMAL)
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
                        CAST(%(p3)s AS DECIMAL)
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
                        CAST(%(p3)s AS DECIMAL)
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
    AND j2.customer_id IS NULL
  )

-- p1: 2025-03-01 12:00:00+00:00
-- p2: 2026-03-01 12:00:00+00:00
-- p3: 0.8
-- p4: [2]
-- p5: 2025-12-31 12:00:00+00:00
-- p6: 0
