WITH r AS MATERIALIZED (FROM revenue_at($now))
SELECT r.customer_id
FROM r
ANTI JOIN (
    FROM events WHERE name = 'Order Completed' AND time > $now - INTERVAL 60 DAY AND time <= $now
) o ON o.customer_id = r.customer_id
WHERE r.revenue >= (SELECT quantile_cont(revenue::DOUBLE, 0.8) FROM r)
