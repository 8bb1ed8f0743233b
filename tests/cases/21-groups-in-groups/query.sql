SELECT
  c.id
FROM customers_customer AS c
LEFT JOIN (
  SELECT
    k.customer_id
  FROM customers_consent AS k
  WHERE
    k.channel = CAST(%(p9)s AS TEXT) AND k.state = 'subscribed'
) AS j1
  ON j1.customer_id = c.id
LEFT JOIN (
  SELECT
    e.customer_id
  FROM customers_event AS e
  WHERE
    e.line IS NULL
    AND e.time > CAST(%(p10)s AS TIMESTAMPTZ)
    AND e.time <= CAST(%(p11)s AS TIMESTAMPTZ)
  GROUP BY
    e.customer_id
  HAVING
    (
      COALESCE(COUNT(*), 0) >= CAST(%(p12)s AS DECIMAL)
    ) IS TRUE
) AS j2
  ON j2.customer_id = c.id
WHERE
  (
    (
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
        OR (
          NOT (
            LOWER(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p4)s AS TEXT))) = 'string'
                THEN JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p4)s AS TEXT))
              END COLLATE "pg_unicode_fast"
            ) = LOWER(CAST(%(p5)s AS TEXT) COLLATE "pg_unicode_fast")
          ) IS TRUE
          AND (
            NOT (
              JSONB_OBJECT_FIELD(c.attributes, CAST(%(p6)s AS TEXT)) = CAST('true' AS JSONB)
            ) IS TRUE
            AND NOT (
              EXISTS(
                SELECT
                  1
                FROM JSONB_ARRAY_ELEMENTS(
                  CASE
                    WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p7)s AS TEXT))) = 'array'
                    THEN JSONB_OBJECT_FIELD(c.attributes, CAST(%(p7)s AS TEXT))
                    ELSE CAST('[]' AS JSONB)
                  END
                ) AS listed(element)
                WHERE
                  LOWER(
                    CASE WHEN JSONB_TYPEOF(listed.element) = 'string' THEN listed.element #>> '{}' END COLLATE "pg_unicode_fast"
                  ) IN (
                    LOWER(CAST(%(p6)s AS TEXT) COLLATE "pg_unicode_fast"),
                    LOWER(CAST(%(p8)s AS TEXT) COLLATE "pg_unicode_fast")
                  )
              )
            ) IS TRUE
          )
        )
      )
      AND (
        (
          (
            NOT j1.customer_id IS NULL AND c.phone ~ '^[+][1-9][0-9]{6,14}$'
          )
        ) IS TRUE
        OR NOT j2.customer_id IS NULL
      )
    )
    AND NOT (
      (
        (
          TO_CHAR(
            TIMEZONE(
              'UTC',
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p13)s AS TEXT))) = 'string'
                THEN CASE
                  WHEN (
                    JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$'
                    AND PG_INPUT_IS_VALID(
                      SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) FROM 1 FOR 10),
                      'date'
                    )
                  )
                  THEN CASE
                    WHEN CAST((
                      REGEXP_REPLACE(
                        REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)), ',', '.'),
                        '(\.[0-9]{6})[0-9]+',
                        '\1'
                      ) || (
                        CASE
                          WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                          THEN ''
                          ELSE ' UTC'
                        END
                      )
                    ) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) AND CAST('9999-12-31 23:59:59.999999+00' AS TIMESTAMPTZ)
                    THEN CAST((
                      REGEXP_REPLACE(
                        REPLACE(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)), ',', '.'),
                        '(\.[0-9]{6})[0-9]+',
                        '\1'
                      ) || (
                        CASE
                          WHEN SUBSTRING(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) FROM 11) ~ '[Zz+-]'
                          THEN ''
                          ELSE ' UTC'
                        END
                      )
                    ) AS TIMESTAMPTZ)
                  END
                END
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(c.attributes, CAST(%(p13)s AS TEXT))) = 'number'
                THEN CASE
                  WHEN (
                    CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) AS DECIMAL) >= -62135596800
                    AND CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) AS DECIMAL) < 253402300800
                  )
                  THEN (
                    (
                      CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ) + (
                        CAST('1 second' AS INTERVAL)
                      ) * (
                        CAST(FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) AS DECIMAL)) AS DOUBLE PRECISION)
                      )
                    ) + (
                      CAST('1 microsecond' AS INTERVAL)
                    ) * (
                      CAST(FLOOR(
                        (
                          (
                            CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) AS DECIMAL) - FLOOR(CAST(JSONB_OBJECT_FIELD_TEXT(c.attributes, CAST(%(p13)s AS TEXT)) AS DECIMAL))
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
            'MM-DD'
          ) = ANY(
            CAST(%(p14)s AS TEXT[])
          )
        ) IS TRUE
        AND (
          RIGHT(
            LOWER(c.email COLLATE "pg_unicode_fast"),
            LENGTH(LOWER(CAST(%(p15)s AS TEXT) COLLATE "pg_unicode_fast"))
          ) = LOWER(CAST(%(p15)s AS TEXT) COLLATE "pg_unicode_fast")
        ) IS TRUE
      )
    )
  )

-- p1: country
-- p2: PL
-- p3: DE
-- p4: city
-- p5: Berlin
-- p6: vip
-- p7: tags
-- p8: gold
-- p9: sms
-- p10: 2026-03-01 11:00:00+00:00
-- p11: 2026-03-01 12:00:00+00:00
-- p12: 1
-- p13: birthday
-- p14: ['02-29', '03-01', '03-02', '03-03', '03-04', '03-05', '03-06', '03-07']
-- p15: @example.com
