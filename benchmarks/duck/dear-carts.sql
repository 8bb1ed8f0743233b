SELECT customer_id FROM events
WHERE name = 'Product Added' AND time > $now - INTERVAL 60 DAY AND time <= $now
GROUP BY customer_id HAVING max(price) >= 150 AND min(price) >= 20
