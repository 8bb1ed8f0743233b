SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    *
  FROM (
    SELECT
      t.customer_id,
      t.most_in_one_category
    FROM customers_ordertotal AS t
    WHERE
      t.settled_at <= CAST(%(p1)s AS TIMESTAMPTZ) AND t.orders > 0
    UNION ALL
    SELECT
      a.customer_id,
      MAX(a.orders) AS most_in_one_category
    FROM (
      SELECT
        o.customer_id,
        COUNT(DISTINCT o.id) AS orders
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
          ) AS refunded,
          o.id,
          o.categories
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
      CROSS JOIN UNNEST(o.categories) AS named(category)
      GROUP BY
        o.customer_id,
        LOWER(named.category COLLATE "pg_unicode_fast")
    ) AS a
    GROUP BY
      a.customer_id
  ) AS either
) AS j1
  ON j1.customer_id = c.id
WHERE
  (
    j1.most_in_one_category >= CAST(%(p2)s AS DECIMAL)
  ) IS TRUE

-- p1: 2026-03-01 12:00:00+00:00
-- p2: 3
