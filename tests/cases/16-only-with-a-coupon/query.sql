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
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND NOT (
      JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p5)s AS TEXT))) <> 'null'
    ) IS TRUE
    AND e.time > CAST(%(p2)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p3)s AS TIMESTAMPTZ)
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
    NOT j1.customer_id IS NULL AND j2.customer_id IS NULL
  )

-- p1: [1]
-- p2: 2025-03-01 12:00:00+00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: 1
-- p5: coupon
-- p6: 0
