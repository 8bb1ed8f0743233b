SELECT customer_id FROM events
WHERE name = 'Order Completed' AND time > $now - INTERVAL 365 DAY AND time <= $now
GROUP BY customer_id HAVING count(coupon) = count(*)
