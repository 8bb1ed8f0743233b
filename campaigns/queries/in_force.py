"""Which journeys were live in a time, and what they stood on: named by their documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Journey, JourneyVersion
from campaigns.models.journey import Status
from campaigns.queries.content import segment_slug, template_slugs
from common.rows import rows_of

# A version is in force from the decision that starts or resumes it to the next one that ends that.
_IN_FORCE = """
SELECT DISTINCT d.version_id FROM campaigns_journeydecision d
 WHERE d.kind IN ('live', 'resumed') AND d.version_id IS NOT NULL AND d.at <= %(until)s
   AND COALESCE((SELECT min(e.at) FROM campaigns_journeydecision e
                  WHERE e.journey_id = d.journey_id AND e.id > d.id AND e.kind IN ('paused', 'ended', 'withdrawn')),
                'infinity') > %(since)s
 UNION
SELECT live_version_id FROM campaigns_journey WHERE status = 'live' AND live_version_id IS NOT NULL"""

# A journey that sent something was live when it did, though nobody may have kept when that began.
_WROTE = """
SELECT v.id FROM campaigns_journey j JOIN campaigns_journeyversion v ON v.journey_id = j.id
 WHERE EXISTS (SELECT FROM campaigns_message m
                WHERE m.journey_id = j.id AND m.planned_at > %(since)s AND m.planned_at <= %(until)s
                  AND m.state IN ('sent', 'delivered'))"""


def segments_spoken_for(since: datetime, until: datetime) -> set[str]:
    """The slugs of the segments that a journey stood on while it was live, at some time in (since, until]."""
    rows = rows_of(f"{_IN_FORCE} UNION {_WROTE}", since=since, until=until)
    versions = JourneyVersion.objects.filter(pk__in=[row[0] for row in rows])
    return {slug for document in versions.values_list("document", flat=True) for slug in named_in(document)}


def named_in(part: Any) -> Iterator[str]:
    """Every segment that an entry or a condition in a document names."""
    if isinstance(part, dict):
        if isinstance(part.get("segment"), str):
            yield part["segment"]
        for value in part.values():
            yield from named_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from named_in(value)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that a live journey sends to the customers of a segment (its slug), in its approved words."""

    segment: str
    journey: str
    template: str
    name: str
    channel: str
    subject: str
    body: str


def letters_in_force() -> Iterator[Letter]:
    """What the live journeys send, in the order of their names and templates."""
    journeys = Journey.objects.filter(status=Status.LIVE, live_version__isnull=False).select_related("live_version")
    for journey in journeys.order_by("name", "pk"):
        version = journey.live_version
        assert version is not None
        for slug in sorted(template_slugs(version.document)):
            words = version.templates.get(slug)
            if words:
                named = str(words.get("name") or slug)
                said = (str(words.get(part, "")) for part in ("channel", "subject", "body"))
                yield Letter(segment_slug(version.document), journey.slug, slug, named, *said)
