SELECT DISTINCT customer_id FROM (
    SELECT l.customer_id
    FROM events l
    JOIN orders o ON o.customer_id = l.customer_id AND o.ordered_at = l.time AND o.key = coalesce(l.order_id, o.key)
    WHERE l.name = 'Product Ordered' AND l.category IS NOT NULL AND l.time <= $now
        AND (o.cancelled_at IS NULL OR o.cancelled_at > $now)
    GROUP BY l.customer_id, l.category HAVING count(DISTINCT o.id) >= 3
)
