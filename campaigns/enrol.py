"""Customers onto journeys and off them, as the change log says: active in the segment begins, not active ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from campaigns.journeys.nodes import Duration
from campaigns.journeys.steps import due_at
from campaigns.models import Enrolment
from campaigns.queries.changes import Change
from campaigns.queries.flows import flow_of
from campaigns.queries.running import Running
from campaigns.stop import stop
from segmentation.models import Membership

SAID = {"exited": "left", "suppressed": "suppressed"}


def stop_leavers(changes: Iterable[Change], *, now: datetime) -> int:
    """Stop the enrolments that began before their customer left the segment or was suppressed in it."""
    ends = {(change.customer, change.segment): change for change in changes if change.ends}
    if not ends:
        return 0
    customers = {customer for customer, _ in ends}
    rows = Enrolment.objects.filter(state=Enrolment.State.RUNNING, customer__in=customers)
    stopped: dict[str, list[int]] = {}
    for pk, customer, version, change in rows.values_list("pk", "customer_id", "version_id", "change_id"):
        end = ends.get((customer, flow_of(version).entry.segment))
        if end is not None and change < end.place.change:
            stopped.setdefault(SAID[end.kind], []).append(pk)
    return sum(stop(enrolments=found, reason=reason, now=now) for reason, found in stopped.items())


def enrol(changes: Sequence[Change], journeys: Iterable[Running], *, now: datetime) -> int:
    """Begin the journeys of those who became active, if they still are and may take the journey (again)."""
    last = {(change.customer, change.segment): change for change in changes if change.begins or change.ends}
    begun = [change for change in last.values() if change.begins]
    if not begun:
        return 0
    members = Membership.objects.filter(customer__in={change.customer for change in begun}, state="active")
    active = set(members.values_list("customer_id", "segment_id"))
    entered = 0
    for journey in journeys:
        mine = {
            change.customer: change
            for change in begun
            if change.segment == journey.flow.entry.segment
            and change.at >= journey.since
            and (change.customer, change.segment_id) in active
        }
        entered += _begin(journey, mine, now=now)
    return entered


def _begin(journey: Running, changes: Mapping[int, Change], *, now: datetime) -> int:
    if not changes:
        return 0
    before = Enrolment.objects.filter(journey=journey.journey, customer__in=changes).order_by()
    running = set(before.filter(state=Enrolment.State.RUNNING).values_list("customer_id", flat=True))
    last = dict(before.values_list("customer_id").annotate(last=Max("entered_at")))
    first = journey.flow.nodes[journey.flow.first]
    rows = [
        Enrolment(
            journey_id=journey.journey,
            version_id=journey.version,
            customer_id=customer,
            change_id=change.place.change,
            node=journey.flow.first,
            due_at=due_at(first, arrived_at=now),
            entered_at=change.at,
            node_since=now,
        )
        for customer, change in changes.items()
        if customer not in running and _may_enter(journey.flow.re_entry, last.get(customer), at=change.at)
    ]
    Enrolment.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _may_enter(re_entry: str | Duration, last: datetime | None, *, at: datetime) -> bool:
    """Whether a customer whose last entry was at `last` may take the journey again."""
    if last is None or re_entry == "always":
        return True
    return isinstance(re_entry, Duration) and last + re_entry.length <= at
