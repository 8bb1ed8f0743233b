SELECT customer_id FROM events
WHERE name = 'Product Viewed' AND time > $now - INTERVAL 180 DAY AND time <= $now
GROUP BY customer_id HAVING count(DISTINCT category) >= 5
