"""What waits for somebody's approval, and what became of what somebody sent: journeys and rules side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import Max, Q

from campaigns.models import Journey, JourneyDecision, JourneyVersion
from campaigns.models.journey import Status
from campaigns.queries.overview import journeys_in_review
from customers.permissions import Permission, permission
from segmentation.models import PublishRequest
from segmentation.queries.publish_requests import requests_by, requests_waiting

RECENT = 20
TONES = {
    Status.DRAFT: "bad",
    Status.IN_REVIEW: "warn",
    Status.PAUSED: "warn",
    Status.APPROVED: "violet",
    Status.LIVE: "live",
    PublishRequest.State.WAITING: "warn",
    PublishRequest.State.REJECTED: "bad",
    PublishRequest.State.APPROVED: "live",
}


@dataclass(frozen=True)
class Awaiting:
    """Something that waits: a `journey`, or the `rule` of a segment. `answer` says whether the reader may approve it."""

    kind: str
    slug: str
    name: str
    says: str
    by: User | None
    at: datetime
    answer: Permission


@dataclass(frozen=True)
class Sent:
    """Something that the reader sent for approval: where it stands since `at`, by whom, and the reason given."""

    kind: str
    slug: str
    name: str
    state: str
    tone: str
    by: User | None
    at: datetime
    reason: str


def awaiting(*, reader: AbstractBaseUser) -> list[Awaiting]:
    """Everything that waits, the longest waiting first."""
    journeys = [
        Awaiting(
            "journey",
            row.slug,
            row.name,
            f"Version {number} of its flow and words",
            row.submitted_by,
            row.updated_at,
            permission(to="approve", object=row, by=reader),
        )
        for row, number in _with_version()
    ]
    rules = [
        Awaiting(
            "rule",
            row.segment.slug,
            row.segment.name,
            row.sentence,
            row.asked_by,
            row.asked_at,
            permission(to="approve", object=row, by=reader),
        )
        for row in requests_waiting()
    ]
    return sorted([*journeys, *rules], key=lambda one: one.at)


def sent_by(reader: AbstractBaseUser) -> list[Sent]:
    """What the reader sent lately, the last news first."""
    return sorted([*_journeys_of(reader), *_rules_of(reader)], key=lambda one: one.at, reverse=True)[:RECENT]


def awaiting_count() -> int:
    """How many wait, for anybody."""
    return journeys_in_review().count() + requests_waiting().count()


def _with_version() -> list[tuple[Journey, int]]:
    """Journeys in review, each with the number of the version that was submitted."""
    rows = list(journeys_in_review())
    last = JourneyVersion.objects.filter(journey__in=rows).values("journey").annotate(last=Max("number"))
    numbers = dict(last.values_list("journey", "last"))
    return [(row, numbers.get(row.pk, 0)) for row in rows]


def _journeys_of(reader: AbstractBaseUser) -> list[Sent]:
    """Journeys with the last thing that was decided about each; a draft that nobody sent back was taken back by its author."""
    kinds = Q(kind__in=("submitted", "approved", "rejected", "withdrawn", "live", "paused", "resumed"))
    rows = JourneyDecision.objects.filter(kinds, journey__submitted_by=reader.pk).exclude(journey__status=Status.ENDED)
    last = rows.order_by("journey_id", "-pk").distinct("journey_id").values("pk")
    found = JourneyDecision.objects.filter(pk__in=last).select_related("journey", "by").order_by("-pk")[:RECENT]
    return [
        Sent(
            "journey",
            row.journey.slug,
            row.journey.name,
            "Sent back" if row.kind == "rejected" else row.journey.get_status_display(),
            TONES.get(Status(row.journey.status), ""),
            row.by,
            row.at,
            row.reason,
        )
        for row in found
    ]


def _rules_of(reader: AbstractBaseUser) -> list[Sent]:
    return [
        Sent(
            "rule",
            row.segment.slug,
            row.segment.name,
            row.get_state_display(),
            TONES.get(PublishRequest.State(row.state), ""),
            row.decided_by,
            row.decided_at or row.asked_at,
            row.reason,
        )
        for row in requests_by(reader)[:RECENT]
    ]
