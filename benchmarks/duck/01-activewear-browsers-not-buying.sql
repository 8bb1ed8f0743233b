SELECT v.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Product Viewed' AND category = 'activewear' AND time > $now - INTERVAL 48 HOUR AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 3
) v
ANTI JOIN (
    FROM events WHERE name = 'Order Completed' AND time > $now - INTERVAL 14 DAY AND time <= $now
) o ON o.customer_id = v.customer_id
ANTI JOIN open_tickets($now, 365) t ON t.customer_id = v.customer_id
