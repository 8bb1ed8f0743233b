SELECT k.customer_id
FROM consents k
SEMI JOIN (
    SELECT customer_id FROM events
    WHERE name = 'Email Opened' AND time > $now - INTERVAL 30 DAY AND time <= $now
    GROUP BY customer_id HAVING count(*) >= 2
) o ON o.customer_id = k.customer_id
WHERE k.channel = 'email' AND k.state = 'subscribed'
