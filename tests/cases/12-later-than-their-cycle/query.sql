SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    *
  FROM (
    SELECT
      t.customer_id,
      t.orders,
      t.revenue,
      t.refunded,
      t.first_at,
      t.last_at,
      t.lower_gap,
      t.upper_gap
    FROM customers_ordertotal AS t
    WHERE
      t.settled_at <= CAST(%(p1)s AS TIMESTAMPTZ) AND t.orders > 0
    UNION ALL
    SELECT
      s.customer_id,
      s.orders,
      s.revenue,
      s.refunded,
      s.first_at,
      s.last_at,
      m.lower_gap,
      m.upper_gap
    FROM (
      SELECT
        o.customer_id,
        COUNT(*) AS orders,
        SUM(o.revenue) AS revenue,
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
          AND o.customer_id IN (
            SELECT
              t.customer_id
            FROM customers_ordertotal AS t
            WHERE
              t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
          )
      ) AS o
      GROUP BY
        o.customer_id
    ) AS s
    LEFT JOIN (
      SELECT
        g.customer_id,
        PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
          g.gap ASC) AS lower_gap,
        PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
          g.gap DESC) AS upper_gap
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
            AND o.customer_id IN (
              SELECT
                t.customer_id
              FROM customers_ordertotal AS t
              WHERE
                t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
            )
        ) AS o
      ) AS g
      WHERE
        g.gap > 0
      GROUP BY
        g.customer_id
    ) AS m
      ON m.customer_id = s.customer_id
  ) AS either
) AS j1
  ON j1.customer_id = c.id
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
          j1.lower_gap + j1.upper_gap
        )
      ) * (
        CAST(%(p2)s AS DECIMAL)
      ) + (
        CAST(%(p3)s AS DECIMAL)
      ) * (
        172800
      )
    )
  ) IS TRUE

-- p1: 2026-03-01 12:00:00+00:00
-- p2: 2
-- p3: 0
