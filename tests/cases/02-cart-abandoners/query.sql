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
INNER JOIN (
  SELECT
    a.customer_id
  FROM customers_event AS a
  WHERE
    a.name_id = ANY(
      CAST(%(p5)s AS INT[])
    )
    AND (
      CASE
        WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p6)s AS TEXT))) = 'number'
        THEN CAST(JSONB_OBJECT_FIELD_TEXT(a.properties, CAST(%(p6)s AS TEXT)) AS DECIMAL)
      END >= CAST(%(p7)s AS DECIMAL)
    ) IS TRUE
    AND a.time > CAST(%(p8)s AS TIMESTAMPTZ)
    AND a.time <= CAST(%(p1)s AS TIMESTAMPTZ)
    AND NOT EXISTS(
      SELECT
        1
      FROM customers_event AS b
      WHERE
        b.customer_id = a.customer_id
        AND b.name_id = ANY(
          CAST(%(p3)s AS INT[])
        )
        AND b.time > a.time
        AND (
          b.time - a.time
        ) <= CAST(%(p4)s AS INTERVAL)
        AND b.time <= CAST(%(p1)s AS TIMESTAMPTZ)
    )
  GROUP BY
    a.customer_id
) AS j2
  ON j2.customer_id = c.id
LEFT JOIN (
  SELECT
    k.customer_id,
    k.state AS state
  FROM customers_consent AS k
  WHERE
    k.channel = CAST(%(p9)s AS TEXT)
) AS j3
  ON j3.customer_id = j1.customer_id
WHERE
  (
    (
      (
        j1.orders >= CAST(%(p2)s AS DECIMAL)
      ) IS TRUE AND NOT j2.customer_id IS NULL
    )
    AND NOT (
      (
        COALESCE(j3.state, CAST('never' AS TEXT)) IN (CAST(%(p10)s AS TEXT))
      ) IS TRUE
    )
  )

-- p1: 2026-03-01 12:00:00+00:00
-- p2: 1
-- p3: [2]
-- p4: 1 day, 0:00:00
-- p5: [4, 5]
-- p6: cart_value
-- p7: 50
-- p8: 2026-02-28 12:00:00+00:00
-- p9: email
-- p10: unsubscribed
