"""What a customer's orders come to, kept beside them: made anew from the orders of whoever an order event was about."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# Everything that lies ahead counts here already; `settled_at` says from when on that is right.
_TOTALS = """
WITH placed AS (
    SELECT o.customer_id, o.id, o.ordered_at, o.cancelled_at, o.cancelled_at IS NULL AS counts, o.categories,
           given.last_at AS refunded_at,
           greatest(o.revenue - coalesce(given.amount, 0), 0) AS revenue, coalesce(given.amount, 0) AS refunded
    FROM customers_order o LEFT JOIN LATERAL (
        SELECT sum((refund ->> 'amount')::numeric) AS amount, max((refund ->> 'at')::timestamptz) AS last_at
        FROM jsonb_array_elements(o.refunds) AS refund
    ) AS given ON o.refunds <> '[]'
    WHERE o.ordered_at IS NOT NULL {and_theirs}
), sums AS (
    SELECT customer_id, count(*) FILTER (WHERE counts) AS orders,
           coalesce(sum(revenue) FILTER (WHERE counts), 0) AS revenue,
           coalesce(sum(refunded) FILTER (WHERE counts), 0) AS refunded,
           min(ordered_at) FILTER (WHERE counts) AS first_at, max(ordered_at) FILTER (WHERE counts) AS last_at,
           greatest(max(ordered_at), max(cancelled_at), max(refunded_at)) AS settled_at
    FROM placed GROUP BY customer_id
), gaps AS (
    SELECT customer_id, extract(epoch FROM ordered_at - lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at))
        AS gap
    FROM placed WHERE counts
), middles AS (
    SELECT customer_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS lower_gap,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY gap DESC) AS upper_gap
    FROM gaps WHERE gap > 0 GROUP BY customer_id
), alike AS (
    SELECT customer_id, count(DISTINCT id) AS orders FROM placed, unnest(categories) AS named (category)
    WHERE counts GROUP BY customer_id, lower(category COLLATE pg_unicode_fast)
), most AS (
    SELECT customer_id, max(orders) AS orders FROM alike GROUP BY customer_id
)
INSERT INTO customers_ordertotal
    (customer_id, orders, revenue, refunded, first_at, last_at, lower_gap, upper_gap, most_in_one_category, settled_at)
SELECT s.customer_id, s.orders, s.revenue, s.refunded, s.first_at, s.last_at, m.lower_gap, m.upper_gap,
       coalesce(c.orders, 0), s.settled_at
FROM sums s LEFT JOIN middles m ON m.customer_id = s.customer_id LEFT JOIN most c ON c.customer_id = s.customer_id
ORDER BY s.customer_id
ON CONFLICT (customer_id) DO UPDATE
SET orders = excluded.orders, revenue = excluded.revenue, refunded = excluded.refunded, first_at = excluded.first_at,
    last_at = excluded.last_at, lower_gap = excluded.lower_gap, upper_gap = excluded.upper_gap,
    most_in_one_category = excluded.most_in_one_category, settled_at = excluded.settled_at
"""


def total_orders(customers: Iterable[int]) -> None:
    """Make the order totals of customers, who are locked, anew from their orders. Who has none keeps what there is."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(and_theirs="AND o.customer_id = ANY(%s)"), [sorted(customers)])


def total_everyone() -> None:
    """The same for everybody, after orders were loaded."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(and_theirs=""))
