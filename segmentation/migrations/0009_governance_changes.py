"""Every change of who may speak, so that it can be read and taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SETTINGS = [
    ("priorities", "Order"),
    ("exclusion_group", "Exclusion group"),
    ("exclusion", "Exclusion"),
    ("full_stop", "Full stop"),
    ("hysteresis", "Stay, grace, pause"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0008_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GovernanceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("setting", models.CharField(choices=SETTINGS, max_length=16)),
                ("about", models.TextField(blank=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("effect", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="segmentation.governancechange",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["setting", "about", "-number"], name="governance_change_about")]},
        ),
    ]
