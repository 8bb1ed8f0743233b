"""Which journeys stand on a segment: it is their entry, or a branch of theirs asks for it."""

from __future__ import annotations

from typing import Any

from campaigns.models import Enrolment, Journey
from campaigns.models.journey import Status
from segmentation.lifecycle import User
from segmentation.models import Segment

# Drafts may name what is gone by the time they are submitted; a journey that ended asks for nothing any more.
STANDING = (Status.IN_REVIEW, Status.APPROVED, Status.LIVE, Status.PAUSED)


def journeys_on(segment: Segment) -> list[User]:
    """The journeys that would break if the segment went away, by name; also ended ones with somebody on the way."""
    running = set(Enrolment.objects.filter(state=Enrolment.State.RUNNING).values_list("version", flat=True).distinct())
    found = []
    for journey in Journey.objects.prefetch_related("versions").order_by("name"):
        documents = [version.document for version in journey.versions.all() if version.pk in running]
        if journey.status in STANDING:
            documents.append(journey.document)
            documents += [one.document for one in journey.versions.all() if one.pk == journey.live_version_id]
        if any(_names(document, segment.slug) for document in documents):
            found.append(User("journey", journey.slug, journey.name, journey.status))
    return found


def _names(part: Any, slug: str) -> bool:
    """Whether an entry or a condition in the document names the segment."""
    if isinstance(part, dict):
        return part.get("segment") == slug or any(_names(value, slug) for value in part.values())
    return isinstance(part, list) and any(_names(value, slug) for value in part)
