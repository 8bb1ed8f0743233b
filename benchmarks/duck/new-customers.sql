SELECT customer_id FROM orders_at($now) GROUP BY customer_id HAVING min(ordered_at) > $now - INTERVAL 60 DAY
