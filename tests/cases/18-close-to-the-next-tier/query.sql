SELECT
  c.id
FROM customers_customer AS c
WHERE
  (
    (
      CASE
        WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'number'
        THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT)) AS DECIMAL)
      END >= (
        (
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p2)s AS TEXT))) = 'number'
            THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p2)s AS TEXT)) AS DECIMAL)
          END
        ) * (
          CAST(%(p3)s AS DECIMAL)
        ) + CAST(%(p4)s AS DECIMAL)
      )
    ) IS TRUE
    AND (
      CASE
        WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'number'
        THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT)) AS DECIMAL)
      END < (
        (
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p2)s AS TEXT))) = 'number'
            THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p2)s AS TEXT)) AS DECIMAL)
          END
        ) * (
          CAST(%(p3)s AS DECIMAL)
        ) + CAST(%(p5)s AS DECIMAL)
      )
    ) IS TRUE
  )

-- p1: loyalty_points
-- p2: next_tier_points
-- p3: 1
-- p4: -100
-- p5: 0
