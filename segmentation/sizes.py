"""Add up what the triggers noted of the sizes of segments, so that reading a size stays a look at a few rows."""

from __future__ import annotations

from django.db import connection

# One statement: whoever reads beside it sees all of the rows before or the sums after, never both and never neither.
_ADD_UP = """
WITH noted AS (DELETE FROM segmentation_sizechange RETURNING segment_id, state, more)
INSERT INTO segmentation_sizechange (segment_id, state, more)
SELECT segment_id, state, sum(more) FROM noted GROUP BY segment_id, state HAVING sum(more) <> 0"""
# Below so many rows it is not worth the writing.
_FEW = 1000


def add_up(*, few: int = _FEW) -> bool:
    """Put one row for each segment and state in place of many; whether there were many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM segmentation_sizechange LIMIT %s) noted", [few + 1])
        many = bool(cursor.fetchone()[0] > few)
        if many:
            cursor.execute(_ADD_UP)
    return many
