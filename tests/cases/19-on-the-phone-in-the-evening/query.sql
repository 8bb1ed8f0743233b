SELECT
  c.id
FROM customers_customer AS c
LEFT JOIN (
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
  FROM (
    SELECT
      one.id,
      one.customer_id,
      one.name_id,
      one.time,
      one.received_at,
      one.line,
      one.store,
      one.source_id,
      one.properties
    FROM customers_eventtotal AS t
    CROSS JOIN LATERAL (
      SELECT
        y.id,
        y.customer_id,
        y.name_id,
        y.time,
        y.received_at,
        y.line,
        y.store,
        y.source_id,
        y.properties
      FROM (
        SELECT
          x.id,
          x.customer_id,
          x.name_id,
          x.time,
          x.received_at,
          x.line,
          x.store,
          x.source_id,
          x.properties
        FROM customers_event AS x
        WHERE
          (
            (
              x.customer_id = t.customer_id AND x.name_id = t.name_id
            )
            AND x.time = t.last_at
          )
          AND t.last_at <= CAST(%(p1)s AS TIMESTAMPTZ)
        ORDER BY
          x.time DESC,
          x.id DESC
        LIMIT 1
      ) AS y
      UNION ALL
      SELECT
        y.id,
        y.customer_id,
        y.name_id,
        y.time,
        y.received_at,
        y.line,
        y.store,
        y.source_id,
        y.properties
      FROM (
        SELECT
          x.id,
          x.customer_id,
          x.name_id,
          x.time,
          x.received_at,
          x.line,
          x.store,
          x.source_id,
          x.properties
        FROM customers_event AS x
        WHERE
          (
            (
              x.customer_id = t.customer_id AND x.name_id = t.name_id
            )
            AND x.time <= CAST(%(p1)s AS TIMESTAMPTZ)
          )
          AND t.last_at > CAST(%(p1)s AS TIMESTAMPTZ)
        ORDER BY
          x.time DESC,
          x.id DESC
        LIMIT 1
      ) AS y
    ) AS one
    WHERE
      t.name_id = ANY(
        CAST(%(p2)s AS INT[])
      )
      AND t.first_at <= CAST(%(p1)s AS TIMESTAMPTZ)
  ) AS happened
  LEFT JOIN customers_customer AS who
    ON who.id = happened.customer_id
  LEFT JOIN customers_source AS origin
    ON origin.id = happened.source_id
) AS j1
  ON j1.customer_id = c.id
WHERE
  (
    (
      LOWER(
        CASE
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(j1.properties, CAST(%(p3)s AS TEXT))) = 'string'
          THEN JSONB_OBJECT_FIELD_TEXT(j1.properties, CAST(%(p3)s AS TEXT))
        END COLLATE "pg_unicode_fast"
      ) = LOWER(CAST(%(p4)s AS TEXT) COLLATE "pg_unicode_fast")
    ) IS TRUE
    AND (
      (
        (
          CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) >= CAST(%(p5)s AS DECIMAL)
          AND CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) <= CAST(%(p6)s AS DECIMAL)
        )
      ) IS TRUE
      AND (
        LOWER(
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p7)s AS TEXT))) = 'string'
            THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p7)s AS TEXT))
          END COLLATE "pg_unicode_fast"
        ) IN (
          LOWER(CAST(%(p8)s AS TEXT) COLLATE "pg_unicode_fast"),
          LOWER(CAST(%(p9)s AS TEXT) COLLATE "pg_unicode_fast")
        )
      ) IS TRUE
    )
  )

-- p1: 2026-03-01 12:00:00+00:00
-- p2: [1]
-- p3: device
-- p4: mobile
-- p5: 18
-- p6: 22
-- p7: country
-- p8: DE
-- p9: Germany
