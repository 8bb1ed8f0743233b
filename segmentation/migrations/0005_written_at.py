"""When each change of membership was written, by the clock of the database.

Two statements, so that the table is not written anew and rows of before stay without: nobody knows it of them.
"""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

FORWARDS = """
ALTER TABLE segmentation_membershipchange ADD COLUMN written_at timestamptz NULL;
ALTER TABLE segmentation_membershipchange ALTER COLUMN written_at SET DEFAULT clock_timestamp();
"""


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0004_sizes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(FORWARDS, "ALTER TABLE segmentation_membershipchange DROP COLUMN written_at")
            ],
            state_operations=[
                migrations.AddField(
                    "membershipchange",
                    "written_at",
                    models.DateTimeField(null=True, db_default=RawSQL("clock_timestamp()", [])),
                )
            ],
        )
    ]
