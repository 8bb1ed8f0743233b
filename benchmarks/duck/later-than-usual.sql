SELECT k.customer_id
FROM cycles_at($now) k
SEMI JOIN (
    SELECT customer_id FROM orders_at($now) GROUP BY customer_id HAVING count(*) >= 5
) o ON o.customer_id = k.customer_id
WHERE k.days <= 60 AND (k.days - 3) * 86_400_000_000 > 3 * k.cycle
