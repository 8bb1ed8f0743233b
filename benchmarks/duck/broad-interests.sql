SELECT customer_id
FROM (
    SELECT DISTINCT customer_id, category FROM events
    WHERE name = 'Product Viewed' AND time > $now - INTERVAL 180 DAY AND time <= $now
)
GROUP BY customer_id HAVING count(category) >= 5
