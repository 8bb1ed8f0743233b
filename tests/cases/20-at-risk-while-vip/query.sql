SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    g.customer_id
  FROM segmentation_membershipchange AS g
  WHERE
    g.segment_id = CAST(%(p1)s AS BIGINT)
    AND g.kind = 'entered'
    AND g.at > CAST(%(p2)s AS TIMESTAMPTZ)
    AND g.at <= CAST(%(p3)s AS TIMESTAMPTZ)
  GROUP BY
    g.customer_id
) AS j1
  ON j1.customer_id = c.id
INNER JOIN (
  SELECT
    s.customer_id
  FROM segmentation_membership AS s
  WHERE
    s.segment_id = CAST(%(p4)s AS BIGINT)
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    NOT j1.customer_id IS NULL AND NOT j2.customer_id IS NULL
  )

-- p1: 1
-- p2: 2026-02-22 12:00:00+00:00
-- p3: 2026-03-01 12:00:00+00:00
-- p4: 2
