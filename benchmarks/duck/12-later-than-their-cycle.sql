SELECT customer_id FROM cycles_at($now) WHERE days * 86_400_000_000 > 2 * cycle
