SELECT DISTINCT a.customer_id
FROM events a
WHERE a.name = 'Email Opened' AND a.time > $now - INTERVAL 90 DAY AND a.time <= $now
    AND EXISTS (
        FROM events b
        WHERE b.name = 'Page Viewed' AND b.customer_id = a.customer_id
            AND b.time > $now - INTERVAL 90 DAY AND b.time <= $now
            AND b.time > a.time AND b.time <= a.time + INTERVAL 48 HOUR
    )
