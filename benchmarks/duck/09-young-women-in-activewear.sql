SELECT c.id AS customer_id
FROM customers c
SEMI JOIN (
    SELECT customer_id FROM events
    WHERE name = 'Product Ordered' AND category = 'activewear' AND time > $now - INTERVAL 90 DAY AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 2
) o ON o.customer_id = c.id
WHERE c.gender IN ('female', 'f') AND coalesce(
        c.age, (strftime($now, '%Y%m%d')::INTEGER - strftime(c.birthday, '%Y%m%d')::INTEGER) // 10_000
    ) BETWEEN 25 AND 34
