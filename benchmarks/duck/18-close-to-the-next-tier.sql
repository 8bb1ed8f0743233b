SELECT id AS customer_id FROM customers
WHERE loyalty_points >= next_tier_points - 100 AND loyalty_points < next_tier_points
