SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    e.customer_id
  FROM (
    SELECT
      happened.id,
      happened.customer_id,
      happened.name_id,
      happened.time,
      happened.received_at,
      happened.line,
      happened.store,
      happened.source_id,
      happened.properties,
      COALESCE(
        CASE
          WHEN who.timezone <> ''
          AND PG_INPUT_IS_VALID((
            '2000-01-01 00:00:00 ' || who.timezone
          ), 'timestamptz')
          THEN who.timezone
        END,
        CASE
          WHEN origin.timezone <> ''
          AND PG_INPUT_IS_VALID((
            '2000-01-01 00:00:00 ' || origin.timezone
          ), 'timestamptz')
          THEN origin.timezone
        END,
        'UTC'
      ) AS zone,
      COALESCE(happened.store, origin.store) AS store_name,
      origin.slug AS source_name
    FROM customers_event AS happened
    LEFT JOIN customers_customer AS who
      ON who.id = happened.customer_id
    LEFT JOIN customers_source AS origin
      ON origin.id = happened.source_id
  ) AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p5)s AS INT[])
    )
    AND (
      CAST(EXTRACT(ISODOW FROM TIMEZONE(e.zone, e.time)) AS DECIMAL) >= CAST(%(p6)s AS DECIMAL)
    ) IS TRUE
    AND (
      LOWER(e.store_name COLLATE "pg_unicode_fast") = LOWER(CAST(%(p7)s AS TEXT) COLLATE "pg_unicode_fast")
    ) IS TRUE
    AND e.time > CAST(%(p8)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p9)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) > CAST(%(p10)s AS DECIMAL)
    ) IS TRUE
) AS j1
  ON j1.customer_id = c.id
WHERE
  (
    (
      LOWER(
        CASE
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'string'
          THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT))
        END COLLATE "pg_unicode_fast"
      ) IN (
        LOWER(CAST(%(p2)s AS TEXT) COLLATE "pg_unicode_fast"),
        LOWER(CAST(%(p3)s AS TEXT) COLLATE "pg_unicode_fast"),
        LOWER(CAST(%(p4)s AS TEXT) COLLATE "pg_unicode_fast")
      )
    ) IS TRUE
    AND NOT j1.customer_id IS NULL
  )

-- p1: country
-- p2: Bosnia and Herzegovina
-- p3: a_b%c
-- p4: it's, or
-- p5: [2, 1]
-- p6: 6
-- p7: 
-- p8: 2026-03-01 11:59:00+00:00
-- p9: 2026-03-01 12:00:00+00:00
-- p10: 0
