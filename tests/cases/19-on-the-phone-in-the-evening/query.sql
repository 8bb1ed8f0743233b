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
        AND t.last_at > CAST(%(p5)s AS TIMESTAMPTZ)
        AND x.time >= t.first_at
        AND x.time <= CAST(%(p5)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p5)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p5)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p6)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p6)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p6)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p6)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p7)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p7)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p7)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p7)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p8)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p8)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p8)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p8)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p9)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p9)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p9)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p9)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p10)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p10)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p10)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p10)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p11)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p11)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p11)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p11)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p12)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p12)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p12)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p12)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p13)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p13)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p13)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p13)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p14)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p14)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p14)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p14)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p15)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p15)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p15)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p15)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p16)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p16)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p16)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p16)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p17)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p17)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p17)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p17)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p18)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p18)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p18)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p18)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p19)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p19)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p19)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p19)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p20)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p20)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p20)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p20)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p21)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p21)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p21)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p21)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p22)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p22)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p22)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p22)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p23)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p23)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p23)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p23)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p24)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p24)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p24)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p24)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p25)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p25)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p25)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p25)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p26)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p26)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p26)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p26)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p27)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p27)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p27)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p27)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p28)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p28)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p28)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p28)s AS TIMESTAMPTZ)
        AND t.last_at > CAST(%(p29)s AS TIMESTAMPTZ)
        AND x.time > CAST(%(p29)s AS TIMESTAMPTZ)
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
        AND x.time = t.last_at
        AND t.last_at <= CAST(%(p29)s AS TIMESTAMPTZ)
        AND x.time <= CAST(%(p29)s AS TIMESTAMPTZ)
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
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(j1.properties, CAST(%(p30)s AS TEXT))) = 'string'
            THEN JSONB_OBJECT_FIELD_TEXT(j1.properties, CAST(%(p30)s AS TEXT))
          END COLLATE "pg_unicode_fast"
        ) = LOWER(CAST(%(p31)s AS TEXT) COLLATE "pg_unicode_fast")
      ) IS TRUE
      AND (
        (
          CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) >= CAST(%(p32)s AS DECIMAL)
          AND CAST(EXTRACT(HOUR FROM TIMEZONE(j1.zone, j1.time)) AS DECIMAL) <= CAST(%(p33)s AS DECIMAL)
        )
      ) IS TRUE
    )
  )

-- p1: country
-- p2: DE
-- p3: Germany
-- p4: [1]
-- p5: 2026-03-01 12:00:00+00:00
-- p6: 2026-01-30 12:00:00+00:00
-- p7: 2025-12-31 12:00:00+00:00
-- p8: 2025-12-01 12:00:00+00:00
-- p9: 2025-11-01 12:00:00+00:00
-- p10: 2025-10-02 12:00:00+00:00
-- p11: 2025-09-02 12:00:00+00:00
-- p12: 2025-08-03 12:00:00+00:00
-- p13: 2025-07-04 12:00:00+00:00
-- p14: 2025-06-04 12:00:00+00:00
-- p15: 2025-05-05 12:00:00+00:00
-- p16: 2025-04-05 12:00:00+00:00
-- p17: 2025-03-06 12:00:00+00:00
-- p18: 2025-02-04 12:00:00+00:00
-- p19: 2025-01-05 12:00:00+00:00
-- p20: 2024-12-06 12:00:00+00:00
-- p21: 2024-11-06 12:00:00+00:00
-- p22: 2024-10-07 12:00:00+00:00
-- p23: 2024-09-07 12:00:00+00:00
-- p24: 2024-08-08 12:00:00+00:00
-- p25: 2024-07-09 12:00:00+00:00
-- p26: 2024-06-09 12:00:00+00:00
-- p27: 2024-05-10 12:00:00+00:00
-- p28: 2024-04-10 12:00:00+00:00
-- p29: 2024-03-11 12:00:00+00:00
-- p30: device
-- p31: mobile
-- p32: 18
-- p33: 22
