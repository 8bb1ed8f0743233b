"""Totals of a name are read from the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_order_totals_ahead")]

    operations = [
        migrations.RemoveIndex("eventtotal", "total_name_last"),
        migrations.AddIndex(
            "eventtotal",
            models.Index(fields=["name", "last_at"], include=["customer", "count", "first_at"], name="total_name_last"),
        ),
    ]
