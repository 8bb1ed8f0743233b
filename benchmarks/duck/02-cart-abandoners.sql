SELECT DISTINCT a.customer_id
FROM events a
SEMI JOIN orders_at($now) bought ON bought.customer_id = a.customer_id
ANTI JOIN (FROM consents WHERE channel = 'email' AND state = 'unsubscribed') k ON k.customer_id = a.customer_id
WHERE a.name IN ('Product Added', 'Product Removed') AND a.cart_value >= 50
    AND a.time > $now - INTERVAL 24 HOUR AND a.time <= $now
    AND NOT EXISTS (
        FROM events b
        WHERE b.name = 'Order Completed' AND b.customer_id = a.customer_id
            AND b.time > $now - INTERVAL 24 HOUR AND b.time <= $now
            AND b.time > a.time AND b.time <= a.time + INTERVAL 24 HOUR
    )
