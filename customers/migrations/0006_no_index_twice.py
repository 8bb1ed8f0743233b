"""Indexes that are the beginning of others go: each cost every event a write.

Dropped by name, so that no foreign key is checked again on the way.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARDS = """
DROP INDEX IF EXISTS customers_eventtotal_customer_id_acdd6464;
DROP INDEX IF EXISTS customers_eventtotal_name_id_15a5af0b;
DROP INDEX IF EXISTS customers_order_customer_id_032dd871;
"""
BACKWARDS = """
CREATE INDEX customers_eventtotal_customer_id_acdd6464 ON customers_eventtotal (customer_id);
CREATE INDEX customers_eventtotal_name_id_15a5af0b ON customers_eventtotal (name_id);
CREATE INDEX customers_order_customer_id_032dd871 ON customers_order (customer_id);
"""


def _owner(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        "customers.customer", django.db.models.deletion.CASCADE, related_name=related_name, db_index=False
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_order_totals")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(FORWARDS, BACKWARDS)],
            [
                migrations.AlterField("eventtotal", "customer", _owner("totals")),
                migrations.AlterField(
                    "eventtotal",
                    "name",
                    models.ForeignKey("customers.eventname", django.db.models.deletion.CASCADE, db_index=False),
                ),
                migrations.AlterField("order", "customer", _owner("orders")),
            ],
        )
    ]
