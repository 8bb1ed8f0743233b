WITH all_orders AS (
  SELECT
    o.customer_id,
    COUNT(*) AS orders,
    SUM(o.revenue) AS revenue,
    COUNT(*) FILTER(WHERE
      o.ordered_at > CAST(%(p8)s AS TIMESTAMPTZ)) AS recent_orders,
    SUM(o.revenue) FILTER(WHERE
      o.ordered_at > CAST(%(p8)s AS TIMESTAMPTZ)) AS recent_revenue,
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
    a.customer_id
  FROM customers_event AS a
  WHERE
    a.name_id = ANY(
      CAST(%(p4)s AS INT[])
    )
    AND (
      CASE
        WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p5)s AS TEXT))) = 'number'
        THEN CAST(JSONB_OBJECT_FIELD_TEXT(a.properties, CAST(%(p5)s AS TEXT)) AS DECIMAL)
      END >= CAST(%(p6)s AS DECIMAL)
    ) IS TRUE
    AND a.time > CAST(%(p7)s AS TIMESTAMPTZ)
    AND a.time <= CAST(%(p3)s AS TIMESTAMPTZ)
    AND NOT EXISTS(
      SELECT
        1
      FROM customers_event AS b
      WHERE
        b.customer_id = a.customer_id
        AND b.name_id = ANY(
          CAST(%(p1)s AS INT[])
        )
        AND b.time > a.time
        AND (
          b.time - a.time
        ) <= CAST(%(p2)s AS INTERVAL)
        AND b.time <= CAST(%(p3)s AS TIMESTAMPTZ)
    )
  GROUP BY
    a.customer_id
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
    k.customer_id,
    k.state AS state
  FROM customers_consent AS k
  WHERE
    k.channel = CAST(%(p10)s AS TEXT)
) AS j3
  ON j3.customer_id = c.id
WHERE
  (
    (
      NOT j1.customer_id IS NULL
      AND (
        COALESCE(j2.orders, 0) >= CAST(%(p9)s AS DECIMAL)
      ) IS TRUE
    )
    AND NOT (
      (
        COALESCE(j3.state, CAST('never' AS TEXT)) IN (CAST(%(p11)s AS TEXT))
      ) IS TRUE
    )
  )

-- p1: [2]
-- p2: 1 day, 0:00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: [4, 5]
-- p5: cart_value
-- p6: 50
-- p7: 2026-02-28 12:00:00+00:00
-- p8: 2025-03-01 12:00:00+00:00
-- p9: 1
-- p10: email
-- p11: unsubscribed
