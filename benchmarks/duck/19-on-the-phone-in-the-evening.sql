-- The newest instant first, which is cheap to find; what came last at it is asked of those few rows only.
WITH viewed AS (
    SELECT e.customer_id, max(e.time) AS time
    FROM events e
    SEMI JOIN (FROM customers WHERE country IN ('de', 'germany')) c ON c.id = e.customer_id
    WHERE e.name = 'Page Viewed' AND e.time <= $now
    GROUP BY e.customer_id
)
SELECT customer_id
FROM (
    SELECT e.customer_id, arg_max({'device': e.device, 'local_time': e.local_time}, e.id) AS newest
    FROM events e
    JOIN viewed v ON v.customer_id = e.customer_id AND v.time = e.time
    WHERE e.name = 'Page Viewed'
    GROUP BY e.customer_id
)
WHERE newest.device = 'mobile' AND hour(newest.local_time) BETWEEN 18 AND 22
