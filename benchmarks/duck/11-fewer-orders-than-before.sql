SELECT customer_id FROM events
WHERE name = 'Order Completed' AND time > $now - INTERVAL 180 DAY AND time <= $now
GROUP BY customer_id
HAVING count(*) FILTER (time > $now - INTERVAL 90 DAY) < count(*) FILTER (time <= $now - INTERVAL 90 DAY)
