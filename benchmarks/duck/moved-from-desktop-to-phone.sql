SELECT customer_id
FROM (
    SELECT customer_id, arg_min({'device': device}, {'time': time, 'id': id}) AS oldest
    FROM events WHERE name = 'Product Viewed' AND time <= $now GROUP BY customer_id
) f
SEMI JOIN (
    SELECT customer_id FROM (
        SELECT customer_id, arg_max({'device': device}, {'time': time, 'id': id}) AS newest
        FROM events WHERE name = 'Product Viewed' AND time > $now - INTERVAL 180 DAY AND time <= $now
        GROUP BY customer_id
    ) WHERE newest.device = 'mobile'
) l USING (customer_id)
WHERE oldest.device = 'desktop'
