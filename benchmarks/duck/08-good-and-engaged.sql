WITH r AS MATERIALIZED (FROM revenue_at($now))
SELECT r.customer_id
FROM r
SEMI JOIN (
    FROM events WHERE name = 'Order Completed' AND time > $now - INTERVAL 90 DAY AND time <= $now
) o ON o.customer_id = r.customer_id
SEMI JOIN (
    FROM events WHERE name = 'Email Opened' AND time > $now - INTERVAL 30 DAY AND time <= $now
) m ON m.customer_id = r.customer_id
ANTI JOIN open_tickets($now, 365) t ON t.customer_id = r.customer_id
WHERE r.revenue >= (SELECT quantile_cont(revenue::DOUBLE, 0.5) FROM r)
