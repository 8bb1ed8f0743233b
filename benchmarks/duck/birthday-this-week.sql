-- The 29th of February counts as the 1st of March in a year that has none.
SELECT id AS customer_id FROM customers
WHERE strftime(birthday, '%m-%d') IN (
        SELECT strftime($now::DATE + day::INTEGER, '%m-%d') FROM range(7) AS days(day)
    )
    OR (
        month(birthday) = 2 AND day(birthday) = 29 AND EXISTS (
            FROM range(7) AS days(day)
            WHERE strftime($now::DATE + day::INTEGER, '%m-%d') = '03-01'
                AND day(last_day(($now::DATE + day::INTEGER - 1)::DATE)) = 28
        )
    )
