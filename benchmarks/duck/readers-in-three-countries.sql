SELECT c.id AS customer_id
FROM customers c
SEMI JOIN (FROM consents WHERE channel = 'email' AND state = 'subscribed') k ON k.customer_id = c.id
WHERE c.country IN ('de', 'pl', 'fr') AND c.email_is_valid
