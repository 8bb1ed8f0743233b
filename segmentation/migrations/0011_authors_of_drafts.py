"""Whoever wrote the drafts that were there before four eyes is their author, and stays it when somebody else saves."""

from django.db import migrations

_AUTHORS = """
UPDATE segmentation_segment AS s SET draft_authors = ARRAY[s.draft_saved_by_id::bigint]
WHERE s.draft_saved_by_id IS NOT NULL AND s.draft_authors = '{}' AND s.rule IS DISTINCT FROM
    (SELECT v.rule FROM segmentation_segmentversion v WHERE v.id = s.live_version_id)"""


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0010_approvals")]

    operations = [migrations.RunSQL(_AUTHORS, migrations.RunSQL.noop)]
