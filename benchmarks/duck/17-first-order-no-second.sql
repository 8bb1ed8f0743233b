SELECT customer_id FROM events
WHERE name = 'Order Completed' AND time <= $now
GROUP BY customer_id
HAVING count(*) = 1 AND min(time) > $now - INTERVAL 60 DAY AND min(time) <= $now - INTERVAL 30 DAY
