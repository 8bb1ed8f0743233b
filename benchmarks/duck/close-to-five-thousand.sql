SELECT c.id AS customer_id
FROM customers c
ANTI JOIN (
    SELECT customer_id FROM changes
    WHERE segment = 'vip-retention' AND changed_at <= $now
    GROUP BY customer_id
    HAVING bool_or(kind = 'entered') AND bool_or(kind = 'exited' AND changed_at > $now - INTERVAL 30 DAY)
) m ON m.customer_id = c.id
WHERE c.points >= 5000 - 100 AND c.points < 5000
