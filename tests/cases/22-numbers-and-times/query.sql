SELECT
  c.id
FROM customers_customer AS c
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p2)s AS INT[])
    )
    AND e.time >= CAST(%(p3)s AS TIMESTAMPTZ)
    AND e.time < CAST(%(p4)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      (
        COALESCE(
          SUM(
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p6)s AS TEXT))) = 'number'
              THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p6)s AS TEXT)) AS DECIMAL)
            END
          ),
          0
        ) >= CAST(%(p7)s AS DECIMAL)
        AND COALESCE(
          SUM(
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p6)s AS TEXT))) = 'number'
              THEN CAST(JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p6)s AS TEXT)) AS DECIMAL)
            END
          ),
          0
        ) <= CAST(%(p8)s AS DECIMAL)
      )
    ) IS TRUE
) AS j1
  ON j1.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p2)s AS INT[])
    )
    AND e.time > CAST(%(p1)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    NOT (
      NOT (
        COALESCE(
          COUNT(
            DISTINCT COALESCE(
              TO_JSONB(
                LOWER(
                  CASE
                    WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p9)s AS TEXT))) = 'string'
                    THEN JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p9)s AS TEXT))
                  END COLLATE "pg_unicode_fast"
                )
              ),
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p9)s AS TEXT))) <> 'null'
                THEN JSONB_OBJECT_FIELD(e.properties, CAST(%(p9)s AS TEXT))
              END
            )
          ),
          0
        ) = CAST(%(p10)s AS DECIMAL)
      ) IS TRUE
    )
) AS j2
  ON j2.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p11)s AS INT[])
    )
    AND e.time > CAST(%(p12)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    NOT (
      (
        COALESCE(COUNT(DISTINCT CAST(TIMEZONE('UTC', e.time) AS DATE)), 0) <= CAST(%(p13)s AS DECIMAL)
      ) IS TRUE
    )
) AS j3
  ON j3.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p2)s AS INT[])
    )
    AND e.time > CAST(%(p14)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p15)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    NOT (
      NOT (
        (
          COALESCE(COUNT(*), 0) >= CAST(%(p10)s AS DECIMAL)
          AND COALESCE(COUNT(*), 0) <= CAST(%(p16)s AS DECIMAL)
        )
      ) IS TRUE
    )
) AS j4
  ON j4.customer_id = c.id
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
    SELECT DISTINCT ON (e.customer_id)
      e.id,
      e.customer_id,
      e.name_id,
      e.time,
      e.received_at,
      e.line,
      e.store,
      e.source_id,
      e.properties
    FROM customers_event AS e
    WHERE
      e.name_id = ANY(
        CAST(%(p17)s AS INT[])
      )
      AND e.time > CAST(%(p18)s AS TIMESTAMPTZ)
      AND e.time <= CAST(%(p5)s AS TIMESTAMPTZ)
    ORDER BY
      e.customer_id,
      e.time ASC,
      e.id ASC
  ) AS happened
  LEFT JOIN customers_customer AS who
    ON who.id = happened.customer_id
  LEFT JOIN customers_source AS origin
    ON origin.id = happened.source_id
) AS j5
  ON j5.customer_id = c.id
WHERE
  (
    (
      (
        COALESCE(c.created_at, c.first_seen_at) <= CAST(%(p1)s AS TIMESTAMPTZ)
      ) IS TRUE
      OR (
        NOT j1.customer_id IS NULL OR j2.customer_id IS NULL
      )
    )
    OR (
      j3.customer_id IS NULL
      OR (
        j4.customer_id IS NULL
        OR (
          (
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(j5.properties, CAST(%(p19)s AS TEXT))) = 'string'
              THEN CASE
                WHEN (
                  JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$'
                  AND PG_INPUT_IS_VALID(
                    SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 1 FOR 10),
                    'date'
                  )
                )
                THEN CASE
                  WHEN CAST((
                    REGEXP_REPLACE(
                      REPLACE(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)), ',', '.'),
                      '(\.[0-9]{6})[0-9]+',
                      '\1'
                    ) || (
                      CASE
                        WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                        THEN ''
                        ELSE ' UTC'
                      END
                    )
                  ) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) AND CAST('9999-12-31 23:59:59.999999+00' AS TIMESTAMPTZ)
                  THEN CAST((
                    REGEXP_REPLACE(
                      REPLACE(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)), ',', '.'),
                      '(\.[0-9]{6})[0-9]+',
                      '\1'
                    ) || (
                      CASE
                        WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                        THEN ''
                        ELSE ' UTC'
                      END
                    )
                  ) AS TIMESTAMPTZ)
                END
              END
            END >= CAST(%(p3)s AS TIMESTAMPTZ)
            AND CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(j5.properties, CAST(%(p19)s AS TEXT))) = 'string'
              THEN CASE
                WHEN (
                  JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$'
                  AND PG_INPUT_IS_VALID(
                    SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 1 FOR 10),
                    'date'
                  )
                )
                THEN CASE
                  WHEN CAST((
                    REGEXP_REPLACE(
                      REPLACE(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)), ',', '.'),
                      '(\.[0-9]{6})[0-9]+',
                      '\1'
                    ) || (
                      CASE
                        WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                        THEN ''
                        ELSE ' UTC'
                      END
                    )
                  ) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) AND CAST('9999-12-31 23:59:59.999999+00' AS TIMESTAMPTZ)
                  THEN CAST((
                    REGEXP_REPLACE(
                      REPLACE(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)), ',', '.'),
                      '(\.[0-9]{6})[0-9]+',
                      '\1'
                    ) || (
                      CASE
                        WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(j5.properties, CAST(%(p19)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                        THEN ''
                        ELSE ' UTC'
                      END
                    )
                  ) AS TIMESTAMPTZ)
                END
              END
            END < CAST(%(p20)s AS TIMESTAMPTZ)
          )
        ) IS TRUE
      )
    )
  )

-- p1: 2026-02-28 12:00:00+00:00
-- p2: [1]
-- p3: 2026-01-01 00:00:00+00:00
-- p4: 2026-02-01 12:30:00+00:00
-- p5: 2026-03-01 12:00:00+00:00
-- p6: revenue
-- p7: 1000.5
-- p8: 2000000
-- p9: coupon
-- p10: 2
-- p11: [2]
-- p12: 2026-02-15 12:00:00+00:00
-- p13: 1
-- p14: 2025-08-31 12:00:00+00:00
-- p15: 2025-12-01 12:00:00+00:00
-- p16: 4
-- p17: [3]
-- p18: 2026-02-22 12:00:00+00:00
-- p19: due
-- p20: 2026-01-02 00:00:00+00:00
