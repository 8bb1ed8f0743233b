SELECT m.customer_id
FROM memberships m
SEMI JOIN (
    FROM changes
    WHERE segment = 'at-risk' AND kind = 'entered' AND changed_at > $now - INTERVAL 7 DAY AND changed_at <= $now
) e ON e.customer_id = m.customer_id
WHERE m.segment = 'vip-retention'
