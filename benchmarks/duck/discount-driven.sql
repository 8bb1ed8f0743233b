SELECT customer_id FROM events
WHERE name = 'Order Completed' AND coupon IS NOT NULL AND time > $now - INTERVAL 90 DAY AND time <= $now
GROUP BY customer_id HAVING count(*) >= 3
