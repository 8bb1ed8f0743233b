SELECT c.id AS customer_id
FROM customers c
ANTI JOIN (FROM memberships WHERE segment IN ('at-risk', 'vip-retention', 'open-ticket')) m ON m.customer_id = c.id
WHERE c.points BETWEEN 500 AND 3999 OR starts_with(lower(c.email), 'u1')
