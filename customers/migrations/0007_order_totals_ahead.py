"""The few customers who have something of their orders ahead of now, found without a look at all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_no_index_twice")]

    operations = [
        migrations.AddIndex(
            model_name="ordertotal",
            index=models.Index(fields=["settled_at"], name="order_total_settled"),
        ),
    ]
