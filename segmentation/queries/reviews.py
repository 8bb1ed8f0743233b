"""Which segments are due for review, what was decided of each last, and what of that is not done yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from segmentation.models import Review, Segment
from segmentation.models.segment import Status

Decision = Review.Decision
REVIEWED = (Status.LIVE, Status.PAUSED)
SOON = timedelta(days=30)
USUAL = timedelta(days=90)
# A review of the day before yesterday is no period to judge a segment by.
SHORTEST = timedelta(days=7)
NOBODY = "nobody"

# The groups of the queue, in its order.
DUE = {
    "overdue": "Overdue",
    "undated": "Without a review date",
    "soon": "Due in 30 days",
    "later": "Later",
}
# What a decision leaves to be done, as the queue and the segment's page call it.
TO_DO = {Decision.CHANGE: "to be changed", Decision.MERGE: "to be merged", Decision.SPLIT: "to be split"}


@dataclass(frozen=True)
class Standing:
    """A segment in the queue: when it is due, what was decided last, and what of that is left to do (or nothing)."""

    segment: Segment
    due: str
    last: Review | None
    to_do: str


def queue(*, now: datetime, owner: str = "", folder: str = "") -> QuerySet[Segment]:
    """The live and paused segments of an owner (user name, or `nobody`) and a folder, those due first coming first."""
    rows = Segment.objects.filter(status__in=REVIEWED).select_related("owner", "live_version")
    if owner:
        rows = rows.filter(owner=None) if owner == NOBODY else rows.filter(owner__username=owner)
    rows = rows.filter(folder=folder) if folder else rows
    return rows.defer("rule", "live_version__rule").order_by("review_on", "rank", "pk")


def standings(segments: Iterable[Segment], *, now: datetime) -> list[Standing]:
    """Where each of the segments stands, in their order."""
    asked = list(segments)
    last = last_reviews([one.pk for one in asked])
    return [
        Standing(one, due_of(one.review_on, now.date()), last.get(one.pk), to_do_of(one, last.get(one.pk)))
        for one in asked
    ]


def due_of(review_on: date | None, today: date) -> str:
    """The group of the queue that a review date belongs to; one of today is due soon, not overdue."""
    if review_on is None:
        return "undated"
    if review_on < today:
        return "overdue"
    return "soon" if review_on <= today + SOON else "later"


def last_reviews(segments: Sequence[int]) -> Mapping[int, Review]:
    """The last review of each segment, by its id; without one, absent."""
    rows = Review.objects.filter(segment__in=segments).select_related("by", "segment").prefetch_related("follow_ups")
    return {row.segment_id: row for row in rows.order_by("segment_id", "-at", "-pk").distinct("segment_id")}


def last_review(segment: Segment) -> Review | None:
    """The last review of a segment."""
    return last_reviews([segment.pk]).get(segment.pk)


def to_do_of(segment: Segment, last: Review | None) -> str:
    """What the last decision leaves to be done, as `to be changed`; empty where it is done.

    A change is done once a version is published after it; a merge or a split once the segment is archived.
    """
    if last is None or last.decision not in TO_DO or segment.status == Status.ARCHIVED:
        return ""
    version = segment.live_version
    changed = version is not None and version.published_at > last.at
    return "" if last.decision == Decision.CHANGE and changed else TO_DO[Decision(last.decision)]


def period_of(last: Review | None, *, now: datetime) -> datetime:
    """Since when the evidence is told: the last review, or 90 days where there is none of them or it was just now."""
    return last.at if last is not None and now - last.at >= SHORTEST else now - USUAL


def parts_beside(segment: Segment) -> list[Segment]:
    """The drafts that the same split left, where the segment is a part: its whole is complete only with them."""
    wholes = list(segment.made_from.all()[:2])
    if len(wholes) != 1:
        return []
    drafts = Segment.objects.filter(made_from=wholes[0], status=Status.DRAFT).exclude(pk=segment.pk)
    return [one for one in drafts.prefetch_related("made_from").order_by("pk") if len(one.made_from.all()) == 1]
