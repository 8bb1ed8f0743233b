WITH r AS MATERIALIZED (FROM revenue_at($now))
SELECT customer_id FROM r
WHERE revenue >= (SELECT quantile_cont(revenue::DOUBLE, 0.9) FROM r) AND date_sub('day', last_at, $now) <= 45
