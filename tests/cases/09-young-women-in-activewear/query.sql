SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.name_id = ANY(
      CAST(%(p9)s AS INT[])
    )
    AND (
      LOWER(
        CASE
          WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(e.properties, CAST(%(p10)s AS TEXT))) = 'string'
          THEN JSONB_OBJECT_FIELD_TEXT(e.properties, CAST(%(p10)s AS TEXT))
        END COLLATE "pg_unicode_fast"
      ) = LOWER(CAST(%(p11)s AS TEXT) COLLATE "pg_unicode_fast")
    ) IS TRUE
    AND e.time > CAST(%(p12)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p13)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) >= CAST(%(p14)s AS DECIMAL)
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
        LOWER(CAST(%(p3)s AS TEXT) COLLATE "pg_unicode_fast")
      )
    ) IS TRUE
    AND (
      (
        (
          COALESCE(
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p4)s AS TEXT))) = 'number'
              THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p4)s AS TEXT)) AS DECIMAL)
            END,
            FLOOR(
              (
                CAST(%(p6)s AS DECIMAL) - CAST(TO_CHAR(
                  TIMEZONE(
                    'UTC',
                    CASE
                      WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p5)s AS TEXT))) = 'string'
                      THEN CASE
                        WHEN (
                          JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$'
                          AND PG_INPUT_IS_VALID(
                            SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 1 FOR 10),
                            'date'
                          )
                        )
                        THEN CASE
                          WHEN CAST((
                            REGEXP_REPLACE(
                              REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)), ',', '.'),
                              '(\.[0-9]{6})[0-9]+',
                              '\1'
                            ) || (
                              CASE
                                WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                                THEN ''
                                ELSE ' UTC'
                              END
                            )
                          ) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) AND CAST('9999-12-31 23:59:59.999999+00' AS TIMESTAMPTZ)
                          THEN CAST((
                            REGEXP_REPLACE(
                              REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)), ',', '.'),
                              '(\.[0-9]{6})[0-9]+',
                              '\1'
                            ) || (
                              CASE
                                WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                                THEN ''
                                ELSE ' UTC'
                              END
                            )
                          ) AS TIMESTAMPTZ)
                        END
                      END
                      WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p5)s AS TEXT))) = 'number'
                      THEN CASE
                        WHEN (
                          CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) >= -62135596800
                          AND CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) < 253402300800
                        )
                        THEN (
                          (
                            CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ) + (
                              CAST('1 second' AS INTERVAL)
                            ) * (
                              CAST(FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL)) AS DOUBLE PRECISION)
                            )
                          ) + (
                            CAST('1 microsecond' AS INTERVAL)
                          ) * (
                            CAST(FLOOR(
                              (
                                (
                                  CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) - FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL))
                                )
                              ) * (
                                1000000
                              )
                            ) AS DOUBLE PRECISION)
                          )
                        )
                      END
                    END
                  ),
                  'YYYYMMDD'
                ) AS DECIMAL)
              ) / CAST(10000 AS DECIMAL)
            )
          ) >= CAST(%(p7)s AS DECIMAL)
          AND COALESCE(
            CASE
              WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p4)s AS TEXT))) = 'number'
              THEN CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p4)s AS TEXT)) AS DECIMAL)
            END,
            FLOOR(
              (
                CAST(%(p6)s AS DECIMAL) - CAST(TO_CHAR(
                  TIMEZONE(
                    'UTC',
                    CASE
                      WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p5)s AS TEXT))) = 'string'
                      THEN CASE
                        WHEN (
                          JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$'
                          AND PG_INPUT_IS_VALID(
                            SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 1 FOR 10),
                            'date'
                          )
                        )
                        THEN CASE
                          WHEN CAST((
                            REGEXP_REPLACE(
                              REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)), ',', '.'),
                              '(\.[0-9]{6})[0-9]+',
                              '\1'
                            ) || (
                              CASE
                                WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                                THEN ''
                                ELSE ' UTC'
                              END
                            )
                          ) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) AND CAST('9999-12-31 23:59:59.999999+00' AS TIMESTAMPTZ)
                          THEN CAST((
                            REGEXP_REPLACE(
                              REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)), ',', '.'),
                              '(\.[0-9]{6})[0-9]+',
                              '\1'
                            ) || (
                              CASE
                                WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                                THEN ''
                                ELSE ' UTC'
                              END
                            )
                          ) AS TIMESTAMPTZ)
                        END
                      END
                      WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p5)s AS TEXT))) = 'number'
                      THEN CASE
                        WHEN (
                          CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) >= -62135596800
                          AND CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) < 253402300800
                        )
                        THEN (
                          (
                            CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ) + (
                              CAST('1 second' AS INTERVAL)
                            ) * (
                              CAST(FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL)) AS DOUBLE PRECISION)
                            )
                          ) + (
                            CAST('1 microsecond' AS INTERVAL)
                          ) * (
                            CAST(FLOOR(
                              (
                                (
                                  CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL) - FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p5)s AS TEXT)) AS DECIMAL))
                                )
                              ) * (
                                1000000
                              )
                            ) AS DOUBLE PRECISION)
                          )
                        )
                      END
                    END
                  ),
                  'YYYYMMDD'
                ) AS DECIMAL)
              ) / CAST(10000 AS DECIMAL)
            )
          ) <= CAST(%(p8)s AS DECIMAL)
        )
      ) IS TRUE
      AND NOT j1.customer_id IS NULL
    )
  )

-- p1: gender
-- p2: female
-- p3: f
-- p4: age
-- p5: birthday
-- p6: 20260301
-- p7: 25
-- p8: 34
-- p9: [1]
-- p10: category
-- p11: Activewear
-- p12: 2025-12-01 12:00:00+00:00
-- p13: 2026-03-01 12:00:00+00:00
-- p14: 2
