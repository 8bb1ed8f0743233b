"""What the orders of each customer come to, kept beside them; filled from the orders that there are."""

import django.db.models.deletion
from django.db import migrations, models

import customers.models.event

FILL = """
WITH placed AS (
    SELECT o.customer_id, o.ordered_at, o.cancelled_at, o.cancelled_at IS NULL AS counts, given.last_at AS refunded_at,
           greatest(o.revenue - coalesce(given.amount, 0), 0) AS revenue, coalesce(given.amount, 0) AS refunded
    FROM customers_order o LEFT JOIN LATERAL (
        SELECT sum((refund ->> 'amount')::numeric) AS amount, max((refund ->> 'at')::timestamptz) AS last_at
        FROM jsonb_array_elements(o.refunds) AS refund
    ) AS given ON o.refunds <> '[]'
    WHERE o.ordered_at IS NOT NULL
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
)
INSERT INTO customers_ordertotal
    (customer_id, orders, revenue, refunded, first_at, last_at, lower_gap, upper_gap, settled_at)
SELECT s.customer_id, s.orders, s.revenue, s.refunded, s.first_at, s.last_at, m.lower_gap, m.upper_gap, s.settled_at
FROM sums s LEFT JOIN middles m ON m.customer_id = s.customer_id ORDER BY s.customer_id
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_search_and_live_log")]

    operations = [
        migrations.CreateModel(
            name="OrderTotal",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="order_total",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("orders", models.BigIntegerField()),
                ("revenue", customers.models.event.ExactField()),
                ("refunded", customers.models.event.ExactField()),
                ("first_at", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("lower_gap", customers.models.event.ExactField(null=True)),
                ("upper_gap", customers.models.event.ExactField(null=True)),
                ("settled_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
