"""Sizes that need no count: triggers note by how much each statement changed them, and the counts of now are where they begin."""

from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION segmentation_note_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segmentation_sizechange (segment_id, state, more)
    SELECT segment_id, state, count(*) FROM arrived GROUP BY segment_id, state;
    RETURN NULL;
END $$;

CREATE FUNCTION segmentation_note_fewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segmentation_sizechange (segment_id, state, more)
    SELECT segment_id, state, -count(*) FROM departed GROUP BY segment_id, state;
    RETURN NULL;
END $$;

CREATE FUNCTION segmentation_note_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segmentation_sizechange (segment_id, state, more)
    SELECT segment_id, state, sum(more) FROM (
        SELECT segment_id, state, 1 AS more FROM arrived UNION ALL SELECT segment_id, state, -1 FROM departed
    ) moved GROUP BY segment_id, state HAVING sum(more) <> 0;
    RETURN NULL;
END $$;

LOCK TABLE segmentation_membership IN SHARE ROW EXCLUSIVE MODE;

CREATE TRIGGER segmentation_more AFTER INSERT ON segmentation_membership
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION segmentation_note_more();
CREATE TRIGGER segmentation_fewer AFTER DELETE ON segmentation_membership
    REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION segmentation_note_fewer();
CREATE TRIGGER segmentation_turned AFTER UPDATE ON segmentation_membership
    REFERENCING OLD TABLE AS departed NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION segmentation_note_turned();

INSERT INTO segmentation_sizechange (segment_id, state, more)
SELECT segment_id, state, count(*) FROM segmentation_membership GROUP BY segment_id, state;
"""
BACKWARDS = """
DROP TRIGGER segmentation_more ON segmentation_membership;
DROP TRIGGER segmentation_fewer ON segmentation_membership;
DROP TRIGGER segmentation_turned ON segmentation_membership;
DROP FUNCTION segmentation_note_more();
DROP FUNCTION segmentation_note_fewer();
DROP FUNCTION segmentation_note_turned();
"""


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0003_draft_saver")]

    operations = [
        migrations.CreateModel(
            name="SizeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("segment_id", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("more", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["segment_id"], include=["state", "more"], name="size_of_segment"),
                ]
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
