SELECT c.id AS customer_id
FROM customers c
ANTI JOIN (
    SELECT customer_id FROM events
    WHERE (name = 'Order Completed' AND time > $now - INTERVAL 365 DAY AND time <= $now)
        OR (name IN ('Email Opened', 'Email Link Clicked') AND time > $now - INTERVAL 90 DAY AND time <= $now)
) e ON e.customer_id = c.id
