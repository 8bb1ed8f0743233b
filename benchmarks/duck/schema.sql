-- The warehouse as somebody who knows DuckDB would lay it out for these questions: one wide table of events, sorted by name
-- and time so that a window reads its own row groups only, its properties unpacked into typed columns and the text of
-- them folded to lower case once, at loading.
CREATE TABLE events (
    id BIGINT, customer_id INTEGER, name VARCHAR, time TIMESTAMP, local_time TIMESTAMP,
    category VARCHAR, device VARCHAR, coupon VARCHAR, ticket_id VARCHAR, order_id VARCHAR,
    price DECIMAL(18, 2), revenue DECIMAL(18, 2), cart_value DECIMAL(18, 2)
);
CREATE TABLE customers (
    id INTEGER, email VARCHAR, email_is_valid BOOLEAN, gender VARCHAR, country VARCHAR, birthday DATE, age DECIMAL(18, 2),
    points DECIMAL(18, 2), loyalty_points DECIMAL(18, 2), next_tier_points DECIMAL(18, 2)
);
CREATE TABLE consents (customer_id INTEGER, channel VARCHAR, state VARCHAR);
CREATE TABLE orders (
    id BIGINT, customer_id INTEGER, key VARCHAR, ordered_at TIMESTAMP, revenue DECIMAL(18, 2), cancelled_at TIMESTAMP
);
CREATE TABLE refunds (order_id BIGINT, given_at TIMESTAMP, amount DECIMAL(18, 2));
CREATE TABLE memberships (segment VARCHAR, customer_id INTEGER);
CREATE TABLE changes (segment VARCHAR, customer_id INTEGER, kind VARCHAR, changed_at TIMESTAMP);

-- The orders that count at an instant, with what is left of each after refunds.
CREATE OR REPLACE MACRO orders_at(instant) AS TABLE
    SELECT o.customer_id, o.ordered_at, greatest(o.revenue - coalesce(r.refunded, 0), 0) AS revenue
    FROM orders o
    LEFT JOIN (SELECT order_id, sum(amount) AS refunded FROM refunds WHERE given_at <= instant GROUP BY order_id) r
        ON r.order_id = o.id
    WHERE o.ordered_at <= instant AND (o.cancelled_at IS NULL OR o.cancelled_at > instant);

-- What each customer has brought, 0 where nothing.
CREATE OR REPLACE MACRO revenue_at(instant) AS TABLE
    SELECT c.id AS customer_id, coalesce(o.revenue, 0) AS revenue, o.last_at
    FROM customers c
    LEFT JOIN (
        SELECT customer_id, sum(revenue) AS revenue, max(ordered_at) AS last_at FROM orders_at(instant) GROUP BY customer_id
    ) o ON o.customer_id = c.id;

-- Customers with an order, the median time between two of them, in microseconds, and the full days since the last one.
CREATE OR REPLACE MACRO cycles_at(instant) AS TABLE
    SELECT customer_id, median(gap) AS cycle, max(ordered_at) AS last_at,
        date_sub('day', max(ordered_at), instant) AS days
    FROM (
        SELECT customer_id, ordered_at,
            date_sub('microsecond', lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at), ordered_at) AS gap
        FROM orders_at(instant)
    )
    WHERE gap > 0
    GROUP BY customer_id;

-- Customers with a ticket of the last days that was not closed within as many.
CREATE OR REPLACE MACRO open_tickets(instant, days) AS TABLE
    SELECT DISTINCT a.customer_id
    FROM events a
    WHERE a.name = 'Ticket Opened' AND a.time > instant - to_days(days) AND a.time <= instant
        AND NOT EXISTS (
            FROM events b
            WHERE b.name = 'Ticket Closed' AND b.customer_id = a.customer_id AND b.ticket_id = a.ticket_id
                AND b.time > a.time AND b.time <= a.time + to_days(days) AND b.time <= instant
        );
