"""Segments that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from campaigns.queries.in_force import segments_spoken_for
from common.rows import rows_of
from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity
from segmentation.models import Job, Segment, SegmentDependency
from segmentation.models.segment import Status

UNUSED = timedelta(days=30)

# A segment went live with its first version (a list when it was made), or again when it was resumed last.
_LIVE_SINCE = """
SELECT s.id, GREATEST(
       COALESCE((SELECT min(v.published_at) FROM segmentation_segmentversion v WHERE v.segment_id = s.id), s.created_at),
       (SELECT max(a.at) FROM customers_auditentry a
         WHERE a.object_type = 'segment' AND a.object_id = s.slug AND a.action = 'resume'))
  FROM segmentation_segment s WHERE s.id = ANY(%(segments)s)"""

# Whom it keeps others from: named in an exclusion, or below it in a group.
_SUPPRESSES = """
SELECT segment_id FROM segmentation_exclusion
 UNION
SELECT above.segment_id FROM segmentation_exclusiongroup_segments above
  JOIN segmentation_exclusiongroup_segments below ON below.exclusiongroup_id = above.exclusiongroup_id
  JOIN segmentation_segment a ON a.id = above.segment_id JOIN segmentation_segment b ON b.id = below.segment_id
 WHERE a.rank < b.rank"""


class NeverActivated(FindingKind):
    """Live for 30 days in which no journey stood on it while live, nothing was sent in its name, no other segment reads
    it, it kept no other segment from speaking, and nobody exported its members."""

    code = "never_activated"
    severity = Severity.HINT
    title = "Never activated in 30 days"
    why = "A segment that nothing is done with costs attention and helps nobody: use it, or archive it."

    def found(self, look: Look) -> Iterator[Found]:
        since = live_since(look)
        old = [one for one in look.live if since[one.pk] <= look.now - UNUSED and not one.blocks_all_below]
        if not old:
            return
        used = _used(look.now - UNUSED, look.now)
        spoken = segments_spoken_for(look.now - UNUSED, look.now)
        for segment in old:
            if segment.pk not in used and segment.slug not in spoken:
                days = (look.now - since[segment.pk]).days
                says = f"It has been live for {days:,} days; in the last 30 nothing was sent in its name and nothing used it."
                yield Found(segment, days, says, Fix("Write to them", f"/journeys/new/?segment={segment.slug}"))


def live_since(look: Look) -> Mapping[int, datetime]:
    """Since when each live segment is live, by id."""
    return dict(rows_of(_LIVE_SINCE, segments=[one.pk for one in look.live]))


def _used(since: datetime, until: datetime) -> set[int]:
    """The ids of the segments that something other than a journey makes use of."""
    reading = SegmentDependency.objects.filter(
        key__startswith="segment:", segment__status__in=(Status.LIVE, Status.PAUSED)
    )
    read = {key.removeprefix("segment:") for key in reading.values_list("key", flat=True)}
    exported = Job.objects.filter(kind="export", created_at__gt=since, created_at__lte=until, segment__isnull=False)
    return {
        *Segment.objects.filter(slug__in=read).values_list("pk", flat=True),
        *(pk for pk in exported.values_list("segment", flat=True) if pk is not None),
        *(row[0] for row in rows_of(_SUPPRESSES)),
    }
