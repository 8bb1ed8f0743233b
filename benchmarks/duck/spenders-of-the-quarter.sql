SELECT customer_id FROM events
WHERE name = 'Product Ordered' AND time > $now - INTERVAL 90 DAY AND time <= $now
GROUP BY customer_id HAVING sum(revenue) > 300
