SELECT
  c.id
FROM customers_customer AS c
LEFT JOIN (
  SELECT
    e.customer_id,
    COUNT(*) AS v0
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND e.time > CAST(%(p2)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p3)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
) AS j1
  ON j1.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id,
    COUNT(*) AS v0
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p1)s AS INT[])
    )
    AND e.time > CAST(%(p4)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p2)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    COALESCE(j1.v0, 0) < (
      (
        COALESCE(j2.v0, 0)
      ) * (
        CAST(%(p5)s AS DECIMAL)
      ) + CAST(%(p6)s AS DECIMAL)
    )
  ) IS TRUE

-- p1: [1]
-- p2: 2025-12-01 12:00:00+00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: 2025-09-02 12:00:00+00:00
-- p5: 1
-- p6: 0
