SELECT v.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Page Viewed' AND time > $now - INTERVAL 30 DAY AND time <= $now
    GROUP BY customer_id HAVING count(DISTINCT time::DATE) >= 5
) v
SEMI JOIN (
    FROM events WHERE name = 'Product Added' AND time > $now - INTERVAL 30 DAY AND time <= $now
) a ON a.customer_id = v.customer_id
ANTI JOIN (
    FROM events WHERE name = 'Order Completed' AND time <= $now
) o ON o.customer_id = v.customer_id
