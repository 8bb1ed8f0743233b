SELECT customer_id FROM events
WHERE name IN ('Email Delivered', 'Email Opened') AND time > $now - INTERVAL 90 DAY AND time <= $now
GROUP BY customer_id
HAVING count(*) FILTER (name = 'Email Delivered') >= 5 AND count(*) FILTER (name = 'Email Opened') = 0
