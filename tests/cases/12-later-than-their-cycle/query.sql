WITH all_orders AS (
  SELECT
    o.customer_id,
    COUNT(*) AS orders,
    SUM(o.revenue) AS revenue,
    COUNT(*) FILTER(WHERE
      o.ordered_at > CAST(%(p2)s AS TIMESTAMPTZ)) AS recent_orders,
    SUM(o.revenue) FILTER(WHERE
      o.ordered_at > CAST(%(p2)s AS TIMESTAMPTZ)) AS recent_revenue,
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
                  CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
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
              CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
          )
        END,
        0
      ) AS refunded
    FROM customers_order AS o
    WHERE
      o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
      AND (
        o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
      )
  ) AS o
  GROUP BY
    o.customer_id
), all_cycles AS (
  SELECT
    g.customer_id,
    PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
      g.gap ASC) AS lower,
    PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
      g.gap DESC) AS upper
  FROM (
    SELECT
      o.customer_id,
      EXTRACT(EPOCH FROM (
        o.ordered_at - LAG(o.ordered_at) OVER (PARTITION BY o.customer_id ORDER BY o.ordered_at ASC)
      )) AS gap
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
                    CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
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
                CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
            )
          END,
          0
        ) AS refunded
      FROM customers_order AS o
      WHERE
        o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
        AND (
          o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
        )
    ) AS o
  ) AS g
  WHERE
    g.gap > 0
  GROUP BY
    g.customer_id
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
    *
  FROM all_cycles
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    (
      FLOOR(EXTRACT(EPOCH FROM (
        CAST(%(p1)s AS TIMESTAMPTZ) - j1.last_at
      )) / 86400)
    ) * (
      172800
    ) > (
      (
        (
          j2.lower + j2.upper
        )
      ) * (
        CAST(%(p3)s AS DECIMAL)
      ) + (
        CAST(%(p4)s AS DECIMAL)
      ) * (
        172800
      )
    )
  ) IS TRUE

-- p1: 2026-03-01 12:00:00+00:00
-- p2: 2025-03-01 12:00:00+00:00
-- p3: 2
-- p4: 0
