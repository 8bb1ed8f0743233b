"""The categories of each order's lines, and how many orders of a customer share one; filled from the events that there are."""

import django.contrib.postgres.fields
from django.db import migrations, models

# The event that made an order is the first that came of those at its instant that name it, or were it.
FILL = """
UPDATE customers_order o SET categories = made.categories
FROM (
    SELECT DISTINCT ON (e.customer_id, e.time, keyed.key) e.customer_id, e.time, keyed.key, ARRAY(
        SELECT DISTINCT product ->> 'category' COLLATE "C" FROM jsonb_array_elements(
            CASE jsonb_typeof(e.properties -> 'products') WHEN 'array' THEN e.properties -> 'products' ELSE '[]' END
        ) AS product
        WHERE jsonb_typeof(product -> 'category') = 'string' ORDER BY 1
    ) AS categories
    FROM customers_event e
    CROSS JOIN LATERAL (SELECT e.properties -> 'order_id' AS value, e.properties ->> 'order_id' AS text) AS id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(id.value) = 'string' AND length(id.text) BETWEEN 1 AND 500 THEN id.text
            WHEN jsonb_typeof(id.value) = 'number' AND id.text ~ '^-?[0-9]{1,500}$' THEN id.text
            ELSE left('message:' || e.message_id, 500)
        END AS key
    ) AS keyed
    WHERE e.name_id = (SELECT id FROM customers_eventname WHERE name = 'Order Completed') AND e.line IS NULL
    ORDER BY e.customer_id, e.time, keyed.key, e.id
) AS made
WHERE made.categories <> '{}' AND o.customer_id = made.customer_id AND o.key = made.key AND o.ordered_at = made.time
"""
TOTAL = """
UPDATE customers_ordertotal t SET most_in_one_category = most.orders
FROM (
    SELECT customer_id, max(orders) AS orders FROM (
        SELECT o.customer_id, count(DISTINCT o.id) AS orders
        FROM customers_order o, unnest(o.categories) AS named (category)
        WHERE o.ordered_at IS NOT NULL AND o.cancelled_at IS NULL
        GROUP BY o.customer_id, lower(category COLLATE pg_unicode_fast)
    ) AS alike GROUP BY customer_id
) AS most
WHERE most.customer_id = t.customer_id
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_reach_by_index")]

    operations = [
        migrations.AddField(
            "order",
            "categories",
            django.contrib.postgres.fields.ArrayField(models.TextField(), blank=True, default=list),
        ),
        migrations.AddField("ordertotal", "most_in_one_category", models.BigIntegerField(default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(TOTAL, migrations.RunSQL.noop),
    ]
