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
    SELECT DISTINCT ON (x.customer_id)
      x.id,
      x.customer_id,
      x.name_id,
      x.time,
      x.received_at,
      x.line,
      x.store,
      x.source_id,
      x.properties
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
      FROM customers_eventtotal AS t
      JOIN customers_customer AS c
        ON c.id = t.customer_id
      CROSS JOIN customers_event AS x
      WHERE
        (
          (
            (
              t.name_id = ANY(
                CAST(%(p4)s AS INT[])
              )
              AND t.first_at <= CAST(%(p5)s AS TIMESTAMPTZ)
            )
            AND (
              LOWER(
                CASE
                  WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'string'
                  THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT))
                END COLLATE "pg_unicode_fast"
              ) IN (
                LOWER(CAST(%(p2)s AS TEXT) COLLATE "pg_unicode_fast"),
                LOWER(CAST(%(p3)s AS TEXT) COLLATE "pg_unicode_fast")
              )
            ) IS TRUE
          )
          AND x.customer_id = t.customer_id
          AND x.name_id = t.name_id
        )
        AND t.last_at <= CAST(%(p5)s AS TIMESTAMPTZ)
        AND x.time = t.last_at
      UNION ALL
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
      FROM customers_eventtotal AS t
      JOIN customers_customer AS c
        ON c.id = t.customer_id
      CROSS JOIN customers_event AS x
      WHERE
        (
          (
            (
              t.name_id = ANY(
                CAST(%(p4)s AS INT[])
              )
              AND t.first_at <= CAST(%(p5)s AS TIMESTAMPTZ)
            )
            AND (
              LOWER(
                CASE
                  WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'string'
                  THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT))
                END COLLATE "pg_unicode_fast"
              ) IN (
                LOWER(CAST(%(p2)s AS TEXT) COLLATE "pg_unicode_fast"),
                LOWER(CAST(%(p3)s AS TEXT) COLLATE "pg_unicode_fast")
              )
            ) IS TRUE
          )
          AND x.customer_id = t.customer_id
          AND x.name_id = t.name_id
        )
        AND t.last_at > CAST(%(p5)s AS TIMESTAMPTZ)
        AND x.time >= t.first_at
        AND x.time <= CAST(%(p5)s AS TIMESTAMPTZ)
    ) AS x
    ORDER BY
      x.customer_id ASC,
      x.time DESC,
      x.id DESC
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
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p1)s AS TEXT))) = 'string'
          THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p1)s AS TEXT))
        END COLLATE "pg_unicode_fast"
      ) IN (
        LOWER(CAST(%(p2)s AS TEXT) COLLATE "pg_unicode_fast"),
        LOWER(CAST(%(p3)s AS TEXT) COLLATE "pg_unicode_fast")
      )
    ) IS TRUE
    AND (
      (
        LOWER(
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(j1.properties, CAST(%(p6)s AS TEXT))) = 'string'
            THEN JSONB_OBJECT_FIELD_TEXT(j1.properties, CAST(%(p6)s AS TEXT))
          END COLLATE "pg_unicode_fast"
        ) = LOWER(CAST(%(p7)s AS TEXT) COLLATE "pg_unicode_fast")
      ) IS TRUE
      AND (
        (
          CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) >= CAST(%(p8)s AS DECIMAL)
          AND CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) <= CAST(%(p9)s AS DECIMAL)
        )
      ) IS TRUE
    )
  )

-- p1: country
-- p2: DE
-- p3: Germany
-- p4: [1]
-- p5: 2026-03-01 12:00:00+00:00
-- p6: device
-- p7: mobile
-- p8: 18
-- p9: 22
