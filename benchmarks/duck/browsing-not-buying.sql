SELECT v.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Product Viewed' AND time > $now - INTERVAL 48 HOUR AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 3
) v
ANTI JOIN (
    FROM events WHERE name = 'Order Completed' AND time > $now - INTERVAL 7 DAY AND time <= $now
) o ON o.customer_id = v.customer_id
