SELECT
  c.id
FROM customers_customer AS c
INNER JOIN (
  SELECT
    t.customer_id
  FROM customers_eventtotal AS t
  WHERE
    t.name_id = ANY(
      CAST(%(p4)s AS INT[])
    )
    AND t.last_at > CAST(%(p3)s AS TIMESTAMPTZ)
    AND CASE
      WHEN t.last_at <= CAST(%(p1)s AS TIMESTAMPTZ)
      THEN TRUE
      ELSE (
        SELECT
          COUNT(*)
        FROM customers_event AS later
        WHERE
          (
            later.customer_id = t.customer_id AND later.name_id = t.name_id
          )
          AND later.time > CAST(%(p3)s AS TIMESTAMPTZ)
          AND later.time <= CAST(%(p1)s AS TIMESTAMPTZ)
      ) > 0
    END
) AS j2
  ON j2.customer_id = c.id
INNER JOIN (
  SELECT
    t.customer_id
  FROM customers_eventtotal AS t
  WHERE
    t.name_id = ANY(
      CAST(%(p6)s AS INT[])
    )
    AND t.last_at > CAST(%(p5)s AS TIMESTAMPTZ)
    AND CASE
      WHEN t.last_at <= CAST(%(p1)s AS TIMESTAMPTZ)
      THEN TRUE
      ELSE (
        SELECT
          COUNT(*)
        FROM customers_event AS later
        WHERE
          (
            later.customer_id = t.customer_id AND later.name_id = t.name_id
          )
          AND later.time > CAST(%(p5)s AS TIMESTAMPTZ)
          AND later.time <= CAST(%(p1)s AS TIMESTAMPTZ)
      ) > 0
    END
) AS j3
  ON j3.customer_id = c.id
LEFT JOIN (
  SELECT
    *
  FROM (
    SELECT
      t.customer_id,
      t.orders,
      t.revenue,
      t.refunded,
      t.first_at,
      t.last_at,
      t.lower_gap,
      t.upper_gap
    FROM customers_ordertotal AS t
    WHERE
      t.settled_at <= CAST(%(p1)s AS TIMESTAMPTZ) AND t.orders > 0
    UNION ALL
    SELECT
      s.customer_id,
      s.orders,
      s.revenue,
      s.refunded,
      s.first_at,
      s.last_at,
      m.lower_gap,
      m.upper_gap
    FROM (
      SELECT
        o.customer_id,
        COUNT(*) AS orders,
        SUM(o.revenue) AS revenue,
        SUM(o.refunded) AS refunded,
        MIN(o.ordered_at) AS first_at,
        MAX(o.ordered_at) AS last_at
      FROM (
        SELECT
          o.customer_id,
          o.ordered_at,
          GREATEST(
            (
              o.revenue - COALESCE(
                CASE
                  WHEN o.refunds <> CAST('[]' AS JSONB)
                  THEN (
                    SELECT
                      SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                    FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                    WHERE
                      CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                  )
                END,
                0
              )
            ),
            0
          ) AS revenue,
          COALESCE(
            CASE
              WHEN o.refunds <> CAST('[]' AS JSONB)
              THEN (
                SELECT
                  SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                WHERE
                  CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
              )
            END,
            0
          ) AS refunded
        FROM customers_order AS o
        WHERE
          o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
          AND (
            o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
          )
          AND o.customer_id IN (
            SELECT
              t.customer_id
            FROM customers_ordertotal AS t
            WHERE
              t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
          )
      ) AS o
      GROUP BY
        o.customer_id
    ) AS s
    LEFT JOIN (
      SELECT
        g.customer_id,
        PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
          g.gap ASC) AS lower_gap,
        PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
          g.gap DESC) AS upper_gap
      FROM (
        SELECT
          o.customer_id,
          EXTRACT(EPOCH FROM (
            o.ordered_at - LAG(o.ordered_at) OVER (PARTITION BY o.customer_id ORDER BY o.ordered_at ASC)
          )) AS gap
        FROM (
          SELECT
            o.customer_id,
            o.ordered_at,
            GREATEST(
              (
                o.revenue - COALESCE(
                  CASE
                    WHEN o.refunds <> CAST('[]' AS JSONB)
                    THEN (
                      SELECT
                        SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                      FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                      WHERE
                        CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                    )
                  END,
                  0
                )
              ),
              0
            ) AS revenue,
            COALESCE(
              CASE
                WHEN o.refunds <> CAST('[]' AS JSONB)
                THEN (
                  SELECT
                    SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                  FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                  WHERE
                    CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                )
              END,
              0
            ) AS refunded
          FROM customers_order AS o
          WHERE
            o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
            AND (
              o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
            )
            AND o.customer_id IN (
              SELECT
                t.customer_id
              FROM customers_ordertotal AS t
              WHERE
                t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
            )
        ) AS o
      ) AS g
      WHERE
        g.gap > 0
      GROUP BY
        g.customer_id
    ) AS m
      ON m.customer_id = s.customer_id
  ) AS either
) AS j1
  ON j1.customer_id = j2.customer_id
LEFT JOIN (
  SELECT
    a.customer_id
  FROM customers_event AS a
  WHERE
    a.name_id = ANY(
      CAST(%(p10)s AS INT[])
    )
    AND a.time > CAST(%(p11)s AS TIMESTAMPTZ)
    AND a.time <= CAST(%(p1)s AS TIMESTAMPTZ)
    AND NOT EXISTS(
      SELECT
        1
      FROM customers_event AS b
      WHERE
        b.customer_id = a.customer_id
        AND b.name_id = ANY(
          CAST(%(p7)s AS INT[])
        )
        AND b.time > a.time
        AND (
          b.time - a.time
        ) <= CAST(%(p8)s AS INTERVAL)
        AND b.time <= CAST(%(p1)s AS TIMESTAMPTZ)
        AND COALESCE(
          TO_JSONB(
            LOWER(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p9)s AS TEXT))) = 'string'
                THEN JSONB_OBJECT_FIELD_TEXT(a.properties, CAST(%(p9)s AS TEXT))
              END COLLATE "pg_unicode_fast"
            )
          ),
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(a.properties, CAST(%(p9)s AS TEXT))) <> 'null'
            THEN JSONB_OBJECT_FIELD(a.properties, CAST(%(p9)s AS TEXT))
          END
        ) = COALESCE(
          TO_JSONB(
            LOWER(
              CASE
                WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(b.properties, CAST(%(p9)s AS TEXT))) = 'string'
                THEN JSONB_OBJECT_FIELD_TEXT(b.properties, CAST(%(p9)s AS TEXT))
              END COLLATE "pg_unicode_fast"
            )
          ),
          CASE
            WHEN JSONB_TYPEOF(JSONB_OBJECT_FIELD(b.properties, CAST(%(p9)s AS TEXT))) <> 'null'
            THEN JSONB_OBJECT_FIELD(b.properties, CAST(%(p9)s AS TEXT))
          END
        )
    )
  GROUP BY
    a.customer_id
) AS j4
  ON j4.customer_id = j2.customer_id
WHERE
  (
    (
      (
        COALESCE(j1.revenue, 0) >= (
          WITH ranked AS MATERIALIZED (
            SELECT
              a.x
            FROM (
              SELECT
                v.customer_id,
                CAST(v.revenue AS DECIMAL) AS x
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    t.customer_id,
                    t.orders,
                    t.revenue,
                    t.refunded,
                    t.first_at,
                    t.last_at,
                    t.lower_gap,
                    t.upper_gap
                  FROM customers_ordertotal AS t
                  WHERE
                    t.settled_at <= CAST(%(p1)s AS TIMESTAMPTZ) AND t.orders > 0
                  UNION ALL
                  SELECT
                    s.customer_id,
                    s.orders,
                    s.revenue,
                    s.refunded,
                    s.first_at,
                    s.last_at,
                    m.lower_gap,
                    m.upper_gap
                  FROM (
                    SELECT
                      o.customer_id,
                      COUNT(*) AS orders,
                      SUM(o.revenue) AS revenue,
                      SUM(o.refunded) AS refunded,
                      MIN(o.ordered_at) AS first_at,
                      MAX(o.ordered_at) AS last_at
                    FROM (
                      SELECT
                        o.customer_id,
                        o.ordered_at,
                        GREATEST(
                          (
                            o.revenue - COALESCE(
                              CASE
                                WHEN o.refunds <> CAST('[]' AS JSONB)
                                THEN (
                                  SELECT
                                    SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                                  FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                                  WHERE
                                    CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                                )
                              END,
                              0
                            )
                          ),
                          0
                        ) AS revenue,
                        COALESCE(
                          CASE
                            WHEN o.refunds <> CAST('[]' AS JSONB)
                            THEN (
                              SELECT
                                SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                              FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                              WHERE
                                CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                            )
                          END,
                          0
                        ) AS refunded
                      FROM customers_order AS o
                      WHERE
                        o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
                        AND (
                          o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
                        )
                        AND o.customer_id IN (
                          SELECT
                            t.customer_id
                          FROM customers_ordertotal AS t
                          WHERE
                            t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
                        )
                    ) AS o
                    GROUP BY
                      o.customer_id
                  ) AS s
                  LEFT JOIN (
                    SELECT
                      g.customer_id,
                      PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
                        g.gap ASC) AS lower_gap,
                      PERCENTILE_DISC(CAST('0.5' AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY
                        g.gap DESC) AS upper_gap
                    FROM (
                      SELECT
                        o.customer_id,
                        EXTRACT(EPOCH FROM (
                          o.ordered_at - LAG(o.ordered_at) OVER (PARTITION BY o.customer_id ORDER BY o.ordered_at ASC)
                        )) AS gap
                      FROM (
                        SELECT
                          o.customer_id,
                          o.ordered_at,
                          GREATEST(
                            (
                              o.revenue - COALESCE(
                                CASE
                                  WHEN o.refunds <> CAST('[]' AS JSONB)
                                  THEN (
                                    SELECT
                                      SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                                    FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                                    WHERE
                                      CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                                  )
                                END,
                                0
                              )
                            ),
                            0
                          ) AS revenue,
                          COALESCE(
                            CASE
                              WHEN o.refunds <> CAST('[]' AS JSONB)
                              THEN (
                                SELECT
                                  SUM(CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'amount') AS DECIMAL))
                                FROM JSONB_ARRAY_ELEMENTS(o.refunds) AS given(refund)
                                WHERE
                                  CAST(JSONB_OBJECT_FIELD_TEXT(given.refund, 'at') AS TIMESTAMPTZ) <= CAST(%(p1)s AS TIMESTAMPTZ)
                              )
                            END,
                            0
                          ) AS refunded
                        FROM customers_order AS o
                        WHERE
                          o.ordered_at <= CAST(%(p1)s AS TIMESTAMPTZ)
                          AND (
                            o.cancelled_at IS NULL OR o.cancelled_at > CAST(%(p1)s AS TIMESTAMPTZ)
                          )
                          AND o.customer_id IN (
                            SELECT
                              t.customer_id
                            FROM customers_ordertotal AS t
                            WHERE
                              t.settled_at > CAST(%(p1)s AS TIMESTAMPTZ)
                          )
                      ) AS o
                    ) AS g
                    WHERE
                      g.gap > 0
                    GROUP BY
                      g.customer_id
                  ) AS m
                    ON m.customer_id = s.customer_id
                ) AS either
              ) AS v
            ) AS a
          )
          SELECT
            (
              CASE
                WHEN FLOOR(
                  (
                    (
                      (
                        (
                          n.listed + n.zeros
                        ) - 1
                      )
                    ) * (
                      CAST(%(p2)s AS DECIMAL)
                    ) + 1
                  )
                ) > n.below
                AND FLOOR(
                  (
                    (
                      (
                        (
                          n.listed + n.zeros
                        ) - 1
                      )
                    ) * (
                      CAST(%(p2)s AS DECIMAL)
                    ) + 1
                  )
                ) <= (
                  n.below + n.zeros
                )
                THEN CAST(0 AS DECIMAL)
                ELSE (
                  found.ends
                )[1]
              END + (
                (
                  CASE
                    WHEN CEIL(
                      (
                        (
                          (
                            (
                              n.listed + n.zeros
                            ) - 1
                          )
                        ) * (
                          CAST(%(p2)s AS DECIMAL)
                        ) + 1
                      )
                    ) > n.below
                    AND CEIL(
                      (
                        (
                          (
                            (
                              n.listed + n.zeros
                            ) - 1
                          )
                        ) * (
                          CAST(%(p2)s AS DECIMAL)
                        ) + 1
                      )
                    ) <= (
                      n.below + n.zeros
                    )
                    THEN CAST(0 AS DECIMAL)
                    ELSE (
                      found.ends
                    )[2]
                  END - CASE
                    WHEN FLOOR(
                      (
                        (
                          (
                            (
                              n.listed + n.zeros
                            ) - 1
                          )
                        ) * (
                          CAST(%(p2)s AS DECIMAL)
                        ) + 1
                      )
                    ) > n.below
                    AND FLOOR(
                      (
                        (
                          (
                            (
                              n.listed + n.zeros
                            ) - 1
                          )
                        ) * (
                          CAST(%(p2)s AS DECIMAL)
                        ) + 1
                      )
                    ) <= (
                      n.below + n.zeros
                    )
                    THEN CAST(0 AS DECIMAL)
                    ELSE (
                      found.ends
                    )[1]
                  END
                )
              ) * (
                (
                  (
                    (
                      (
                        (
                          n.listed + n.zeros
                        ) - 1
                      )
                    ) * (
                      CAST(%(p2)s AS DECIMAL)
                    ) + 1
                  ) - FLOOR(
                    (
                      (
                        (
                          (
                            n.listed + n.zeros
                          ) - 1
                        )
                      ) * (
                        CAST(%(p2)s AS DECIMAL)
                      ) + 1
                    )
                  )
                )
              )
            ) AS limit_
          FROM (
            SELECT
              CAST(COUNT(*) AS DECIMAL) AS listed,
              CAST(COUNT(*) FILTER(WHERE
                r.x < 0) AS DECIMAL) AS below,
              CAST((
                (
                  SELECT
                    COUNT(*)
                  FROM customers_customer AS p
                ) - COUNT(*)
              ) AS DECIMAL) AS zeros
            FROM ranked AS r
          ) AS n
          CROSS JOIN LATERAL (
            SELECT
              PERCENTILE_DISC(
                ARRAY[
                  CAST((
                    (
                      CASE
                        WHEN FLOOR(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        ) <= n.below
                        THEN FLOOR(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        )
                        WHEN FLOOR(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        ) > (
                          n.below + n.zeros
                        )
                        THEN (
                          FLOOR(
                            (
                              (
                                (
                                  (
                                    n.listed + n.zeros
                                  ) - 1
                                )
                              ) * (
                                CAST(%(p2)s AS DECIMAL)
                              ) + 1
                            )
                          ) - n.zeros
                        )
                      END - CAST('0.5' AS DECIMAL)
                    ) / NULLIF(n.listed, 0)
                  ) AS DOUBLE PRECISION),
                  CAST((
                    (
                      CASE
                        WHEN CEIL(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        ) <= n.below
                        THEN CEIL(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        )
                        WHEN CEIL(
                          (
                            (
                              (
                                (
                                  n.listed + n.zeros
                                ) - 1
                              )
                            ) * (
                              CAST(%(p2)s AS DECIMAL)
                            ) + 1
                          )
                        ) > (
                          n.below + n.zeros
                        )
                        THEN (
                          CEIL(
                            (
                              (
                                (
                                  (
                                    n.listed + n.zeros
                                  ) - 1
                                )
                              ) * (
                                CAST(%(p2)s AS DECIMAL)
                              ) + 1
                            )
                          ) - n.zeros
                        )
                      END - CAST('0.5' AS DECIMAL)
                    ) / NULLIF(n.listed, 0)
                  ) AS DOUBLE PRECISION)
                ]
              ) WITHIN GROUP (ORDER BY
                v.x ASC) AS ends
            FROM ranked AS v
          ) AS found
        )
      ) IS TRUE
      AND (
        NOT j2.customer_id IS NULL AND NOT j3.customer_id IS NULL
      )
    )
    AND NOT (
      NOT j4.customer_id IS NULL
    )
  )

-- p1: 2026-03-01 12:00:00+00:00
-- p2: 0.5
-- p3: 2025-12-01 12:00:00+00:00
-- p4: [3]
-- p5: 2026-01-30 12:00:00+00:00
-- p6: [1]
-- p7: [5]
-- p8: 365 days, 0:00:00
-- p9: ticket_id
-- p10: [6]
-- p11: 2025-03-01 12:00:00+00:00
