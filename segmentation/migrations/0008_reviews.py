"""What was decided of each segment, by whom and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("segmentation", "0007_findings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("keep", "Keep"),
                            ("change", "Change"),
                            ("merge", "Merge"),
                            ("split", "Split"),
                            ("retire", "Retire"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "next_review_on",
                    models.DateField(blank=True, help_text="none after a segment was retired", null=True),
                ),
                ("evidence", models.JSONField(blank=True, default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("follow_ups", models.ManyToManyField(blank=True, related_name="+", to="segmentation.segment")),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="segmentation.segment"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["segment", "-at"], name="review_segment")]},
        ),
    ]
