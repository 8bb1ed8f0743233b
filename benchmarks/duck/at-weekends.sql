SELECT customer_id FROM events
WHERE name = 'Page Viewed' AND time > $now - INTERVAL 60 DAY AND time <= $now AND isodow(local_time) >= 6
GROUP BY customer_id HAVING count(*) >= 2
