SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    t.customer_id
  FROM customers_eventtotal AS t
  WHERE
    t.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND t.first_at <= CAST(%(p2)s AS TIMESTAMPTZ)
  GROUP BY
    t.customer_id
  HAVING
    (
      COALESCE(
        SUM(
          CASE
            WHEN t.last_at <= CAST(%(p2)s AS TIMESTAMPTZ)
            THEN t.count
            ELSE t.count - (
              SELECT
                COUNT(*)
              FROM customers_event AS later
              WHERE
                (
                  later.customer_id = t.customer_id AND later.name_id = t.name_id
                )
                AND later.time > CAST(%(p2)s AS TIMESTAMPTZ)
            )
          END
        ),
        0
      ) = CAST(%(p3)s AS DECIMAL)
    ) IS TRUE
) AS j1
  ON j1.customer_id = c.id
INNER JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND e.time > CAST(%(p4)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) = CAST(%(p3)s AS DECIMAL)
    ) IS TRUE
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    NOT j1.customer_id IS NULL AND NOT j2.customer_id IS NULL
  )

-- p1: [1]
-- p2: 2026-03-01 12:00:00+00:00
-- p3: 1
-- p4: 2025-12-31 12:00:00+00:00
-- p5: 2026-01-30 12:00:00+00:00
