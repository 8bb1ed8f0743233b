SELECT o.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Order Completed' AND time > $now - INTERVAL 180 DAY AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 3
) o
SEMI JOIN (
    SELECT customer_id FROM orders_at($now) GROUP BY customer_id HAVING sum(revenue) > 2000
) r ON r.customer_id = o.customer_id
SEMI JOIN (
    FROM events WHERE name IN ('Email Opened', 'Email Link Clicked') AND time > $now - INTERVAL 30 DAY AND time <= $now
) m ON m.customer_id = o.customer_id
