SELECT DISTINCT a.customer_id
FROM orders_at($now) a
ANTI JOIN (
    FROM events WHERE name = 'Order Completed' AND time > $now - INTERVAL 90 DAY AND time <= $now
) o ON o.customer_id = a.customer_id
