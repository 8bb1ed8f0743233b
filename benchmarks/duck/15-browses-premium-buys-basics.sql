SELECT v.customer_id
FROM (
    SELECT customer_id FROM events
    WHERE name = 'Product Viewed' AND price > 200 AND time > $now - INTERVAL 90 DAY AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 3
) v
JOIN events l ON l.customer_id = v.customer_id AND l.name = 'Product Ordered' AND l.time <= $now
GROUP BY v.customer_id HAVING sum(l.price) < 60 * count(l.price)
