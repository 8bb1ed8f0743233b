"""What an approval would set free: whom the journey reaches now, and what else is being said to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from campaigns.journeys.nodes import Flow
from campaigns.journeys.parse import FlowError, parse
from campaigns.models import Enrolment, Journey, Message
from campaigns.models.journey import Status
from campaigns.queries.conflicts import incentives_disagree, too_close
from campaigns.queries.flows import flow_of
from campaigns.queries.sends import CLOSE, close_to
from customers.models import Consent
from segmentation.models import Membership, MembershipChange, Segment

HABIT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another live journey that speaks to the same people: which, how many of them, and how the two disagree."""

    journey: Journey
    customers: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Numbers as of `at`. `reach` counts, by channel, who may be written to; `entries_a_day` is the last week's mean."""

    at: datetime
    segment: Segment | None
    active: int = 0
    suppressed: int = 0
    reach: dict[str, int] = field(default_factory=dict)
    entries_a_day: float = 0.0
    on_it_now: int = 0
    written_to_lately: int = 0
    conflicts: tuple[Conflict, ...] = ()


def simulate(*, document: Any, journey: Journey | None = None, now: datetime) -> Simulation:
    """What the flow meets as things stand. A document that is no flow meets nobody."""
    try:
        flow = parse(document)
    except FlowError:
        return Simulation(now, None)
    segment = Segment.objects.filter(slug=flow.entry.segment).first()
    if segment is None:
        return Simulation(now, None)
    members = Membership.objects.filter(segment=segment).order_by()
    states = dict(members.values_list("state").annotate(Count("pk")))
    active = members.filter(state="active")
    entries = MembershipChange.objects.filter(segment=segment, kind__in=("entered", "released"), silent=False)
    lately = entries.filter(at__gt=now - HABIT, state="active").count()
    running = Enrolment.objects.filter(journey=journey, state=Enrolment.State.RUNNING) if journey else None
    return Simulation(
        at=now,
        segment=segment,
        active=states.get("active", 0),
        suppressed=states.get("suppressed", 0),
        reach={send.channel: _reach(active, send.channel) for send in flow.sends()},
        entries_a_day=lately / HABIT.days,
        on_it_now=running.count() if running is not None else 0,
        written_to_lately=_written_to(active, now=now),
        conflicts=tuple(_conflicts(flow, segment, journey, now=now)),
    )


def _reach(active: QuerySet[Membership], channel: str) -> int:
    """Members with a consent and an address."""
    agreed = Consent.objects.filter(channel=channel, state="subscribed").values("customer")
    address = "customer__phone" if channel == "sms" else "customer__email"
    return active.filter(customer__in=agreed).exclude(**{f"{address}__isnull": True}).exclude(**{address: ""}).count()


def _written_to(active: QuerySet[Membership], *, now: datetime) -> int:
    """Members who were sent something within the last two days."""
    sent = Message.objects.filter(sent_at__gt=now - CLOSE).values("customer")
    return active.filter(customer__in=sent).count()


def _conflicts(flow: Flow, segment: Segment, journey: Journey | None, *, now: datetime) -> list[Conflict]:
    """The other live journeys that disagree with this one before customers whom both may write to, those with the most
    first. The reasons are those of the conflicts of segments (campaigns/queries/conflicts.py)."""
    others = Journey.objects.filter(status=Status.LIVE, live_version__isnull=False)
    if journey is not None:
        others = others.exclude(pk=journey.pk)
    close = close_to(flow=flow, segment=segment, journey=journey, now=now)
    found: list[Conflict] = []
    for other in others.order_by("pk"):
        theirs = Segment.objects.filter(slug=flow_of(other.live_version_id or 0).entry.segment).first()
        reasons = tuple(_disagreements(segment, theirs, close.get(other.pk, {}))) if theirs else ()
        if theirs and reasons and (shared := _shared(segment, theirs)):
            found.append(Conflict(other, shared, reasons))
    return sorted(found, key=lambda conflict: -conflict.customers)


def _shared(segment: Segment, other: Segment) -> int:
    theirs = Membership.objects.filter(segment=other, state="active").values("customer")
    return Membership.objects.filter(segment=segment, state="active", customer__in=theirs).count()


def _disagreements(segment: Segment, theirs: Segment, close: Mapping[str, int]) -> Iterator[str]:
    """How two journeys get in each other's way; `close` counts by channel who would hear from both within 48 hours."""
    if theirs.pk == segment.pk:
        yield "It starts from the same segment."
    for channel, customers in sorted(close.items()):
        yield too_close(customers, "both", channel)
    incentive = incentives_disagree(segment, theirs)
    if incentive is not None:
        yield incentive.says
