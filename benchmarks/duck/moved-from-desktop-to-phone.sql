-- Those whose newest view is from a phone, and of them the oldest view: instants first, what came at them after.
WITH newest AS (
    SELECT customer_id, max(time) AS time
    FROM events
    WHERE name = 'Product Viewed' AND time > $now - INTERVAL 180 DAY AND time <= $now
    GROUP BY customer_id
), phones AS (
    SELECT e.customer_id
    FROM events e
    JOIN newest n ON n.customer_id = e.customer_id AND n.time = e.time
    WHERE e.name = 'Product Viewed' AND e.time > $now - INTERVAL 180 DAY
    GROUP BY e.customer_id HAVING arg_max({'device': e.device}, e.id).device = 'mobile'
), oldest AS (
    SELECT e.customer_id, min(e.time) AS time
    FROM events e
    SEMI JOIN phones p ON p.customer_id = e.customer_id
    WHERE e.name = 'Product Viewed' AND e.time <= $now
    GROUP BY e.customer_id
)
SELECT e.customer_id
FROM events e
JOIN oldest o ON o.customer_id = e.customer_id AND o.time = e.time
WHERE e.name = 'Product Viewed'
GROUP BY e.customer_id HAVING arg_min({'device': e.device}, e.id).device = 'desktop'
