"""Who agreed to a channel is read from the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_totals_by_index")]

    operations = [
        migrations.RemoveIndex("consent", "consent_channel"),
        migrations.AddIndex(
            "consent", models.Index(fields=["channel", "state"], include=["customer"], name="consent_channel")
        ),
    ]
