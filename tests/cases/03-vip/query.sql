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
      COALESCE(COUNT(*), 0) >= CAST(%(p9)s AS DECIMAL)
    ) IS TRUE
) AS j3
  ON j3.customer_id = c.id
WHERE
  (
    NOT j1.customer_id IS NULL
    AND (
      (
        COALESCE(j2.revenue, 0) > CAST(%(p6)s AS DECIMAL)
      ) IS TRUE
      AND NOT j3.customer_id IS NULL
    )
  )

-- p1: [4]
-- p2: 2025-09-02 12:00:00+00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: 3
-- p5: 2025-03-01 12:00:00+00:00
-- p6: 2000
-- p7: [2, 1]
-- p8: 2026-01-30 12:00:00+00:00
-- p9: 1
