"""What the change log says of entries and exits: who was in at an instant, and how many moved on each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from common.rows import rows_of

_MOVES = """
SELECT segment_id, (at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE kind = 'entered'),
       count(*) FILTER (WHERE kind = 'exited')
FROM segmentation_membershipchange
WHERE segment_id = ANY(%(segments)s) AND kind IN ('entered', 'exited') AND at > %(since)s AND at <= %(until)s
GROUP BY 1, 2"""


def moves_by_day(
    segments: Sequence[int], *, since: datetime, until: datetime
) -> dict[int, dict[date, tuple[int, int]]]:
    """Entries and exits of each UTC day in `(since, until]`, by segment; days without any are absent."""
    found: dict[int, dict[date, tuple[int, int]]] = {segment: {} for segment in segments}
    for segment, day, entered, exited in rows_of(_MOVES, segments=list(segments), since=since, until=until):
        found[segment][day] = (entered, exited)
    return found


def in_at(segment: str, at: str) -> str:
    """A query of the customers (`customer_id`) who were in a segment at an instant, each given as SQL."""
    return f"""
    SELECT customer_id FROM (
        SELECT DISTINCT ON (customer_id) customer_id, kind FROM segmentation_membershipchange
        WHERE segment_id = {segment} AND kind IN ('entered', 'exited') AND at <= {at}
        ORDER BY customer_id, at DESC, id DESC
    ) AS last WHERE kind = 'entered'"""
