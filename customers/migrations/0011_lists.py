"""Saved views of lists, and the two orders that the list of customers is asked for."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform

USER = settings.AUTH_USER_MODEL


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_orders_by_category"),
        migrations.swappable_dependency(USER),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "list",
                    models.CharField(choices=[("customers", "Customers"), ("segments", "Segments")], max_length=16),
                ),
                ("name", models.CharField(max_length=60)),
                ("shared", models.BooleanField(default=False)),
                ("query", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("default_of", models.ManyToManyField(blank=True, related_name="+", to=USER)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=USER
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            "savedview", models.Index(condition=models.Q(("shared", True)), fields=["list"], name="view_shared")
        ),
        migrations.AddConstraint(
            "savedview", models.UniqueConstraint(fields=("owner", "list", "name"), name="view_name_is_unique")
        ),
        migrations.AddIndex(
            "customer", models.Index(fields=["-first_seen_at", "-id"], name="customer_first_seen")
        ),
        migrations.AddIndex(
            "customer",
            models.Index(
                KeyTextTransform("country", "attributes"),
                django.db.models.expressions.OrderBy(
                    django.db.models.expressions.F("last_seen_at"), descending=True
                ),
                django.db.models.expressions.OrderBy(django.db.models.expressions.F("id"), descending=True),
                name="customer_country",
            ),
        ),
    ]
