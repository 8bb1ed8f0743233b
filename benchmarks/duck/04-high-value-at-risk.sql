SELECT o.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Order Completed' AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 2 AND max(time) <= $now - INTERVAL 120 DAY
) o
SEMI JOIN (
    SELECT customer_id FROM orders_at($now) GROUP BY customer_id HAVING sum(revenue) > 1500
) r ON r.customer_id = o.customer_id
