"""What a draft was merged or split from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0005_written_at")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="made_from",
            field=models.ManyToManyField(
                blank=True,
                help_text="what it was merged or split from",
                related_name="made_into",
                to="segmentation.segment",
            ),
        ),
    ]
