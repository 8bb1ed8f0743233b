SELECT customer_id
FROM (
    SELECT e.customer_id, arg_max({'device': device, 'local_time': local_time}, {'time': time, 'id': e.id}) AS newest
    FROM events e
    SEMI JOIN (FROM customers WHERE country IN ('de', 'germany')) c ON c.id = e.customer_id
    WHERE e.name = 'Page Viewed' AND e.time <= $now
    GROUP BY e.customer_id
)
WHERE newest.device = 'mobile' AND hour(newest.local_time) BETWEEN 18 AND 22
