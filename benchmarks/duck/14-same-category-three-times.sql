SELECT DISTINCT customer_id FROM (
    SELECT l.customer_id
    FROM events l
    WHERE l.name = 'Product Ordered' AND l.category IS NOT NULL AND l.time <= $now AND NOT EXISTS (
        FROM orders o WHERE o.customer_id = l.customer_id AND o.key = l.order_id AND o.cancelled_at <= $now
    )
    GROUP BY l.customer_id, l.category HAVING count(DISTINCT coalesce(l.order_id, l.time::VARCHAR)) >= 3
)
