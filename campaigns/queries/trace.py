"""The rows that one customer left in each stage of the chain, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Enrolment, Message, Outcome, Response
from customers.models import Consent, Customer, DirtyCustomer, Event, Identity, Order
from segmentation.models import DueLook, Membership, MembershipChange

LATEST = 15


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage with its rows, the latest first; `rows` is empty where the customer left none."""

    number: int
    verb: str
    leaves: str
    rows: list[str]


def trace(customer: Customer, *, most: int = LATEST) -> list[Stage]:
    """What each of the eight verbs left of a customer."""
    return [
        Stage(number, verb, leaves, rows(customer, most)) for number, (verb, leaves, rows) in enumerate(STAGES, start=1)
    ]


def _ingested(customer: Customer, most: int) -> list[str]:
    about = [
        f"Customer {customer.pk}: {customer}",
        f"user id {customer.user_id or '–'}",
        f"e-mail {customer.email or '–'}",
    ]
    ids = Identity.objects.filter(customer=customer).order_by("since", "pk")
    totals = customer.totals.select_related("name").order_by("-last_at")[:most]
    events = Event.objects.filter(customer=customer).select_related("name", "source").order_by("-time", "-id")[:most]
    orders = Order.objects.filter(customer=customer, ordered_at__isnull=False).order_by("-ordered_at")[:most]
    consents = Consent.objects.filter(customer=customer).order_by("channel")
    return [
        ", ".join(about),
        *(f"Identity {row.kind} {row.value}, since {_at(row.since)}" for row in ids),
        *(f"Consent {row.channel}: {row.state}, since {_at(row.at)}" for row in consents),
        *(f"EventTotal {row.name}: {row.count}, last {_at(row.last_at)}" for row in totals),
        *(f"Order {row.key} at {_at(row.ordered_at)}: {row.revenue.normalize():f}" for row in orders),
        *(f"Event {row.pk} {_at(row.time)} {row.name} from {row.source} ({row.message_id})" for row in events),
    ]


def _marked(customer: Customer, most: int) -> list[str]:
    row = DirtyCustomer.objects.filter(customer=customer).first()
    if row is None:
        return []
    causes = [
        f"{key}: {cause.get('kind')} {cause.get('detail') or cause.get('id')}" for key, cause in row.causes.items()
    ]
    return [f"DirtyCustomer generation {row.generation}, waiting since {_at(row.marked_at)}", *causes[:most]]


def _evaluated(customer: Customer, most: int) -> list[str]:
    return [
        f"{row.segment.slug} version {row.version}: the rule holds"
        if row.false_since is None
        else f"{row.segment.slug} version {row.version}: the rule is false since {_at(row.false_since)}, kept by its grace"
        for row in _memberships(customer)[:most]
    ]


def _governed(customer: Customer, most: int) -> list[str]:
    rows = [
        f"{row.segment.slug}: {row.state} since {_at(row.state_since)}"
        + (f", suppressed by {row.suppressed_by.slug}" if row.suppressed_by else "")
        for row in _memberships(customer)[:most]
    ]
    looks = DueLook.objects.filter(customer=customer).select_related("segment").order_by("at")[:most]
    return [*rows, *(f"{look.segment.slug}: looked at again at {_at(look.at)}" for look in looks)]


def _recorded(customer: Customer, most: int) -> list[str]:
    members = [f"Membership {row.segment.slug}, since {_at(row.since)}" for row in _memberships(customer)[:most]]
    changes = MembershipChange.objects.filter(customer=customer).select_related("segment", "suppressed_by")
    return [*members, *(_change(row) for row in changes.order_by("-at", "-id")[:most])]


def _advanced(customer: Customer, most: int) -> list[str]:
    rows = (
        Enrolment.objects.filter(customer=customer).select_related("journey", "version").order_by("-entered_at", "-pk")
    )
    return [
        f"Enrolment {row.pk} in {row.journey.slug} version {row.version.number}: {row.state} at {row.node}"
        f", entered {_at(row.entered_at)} by change {row.change_id}"
        + (f", due {_at(row.due_at)}" if row.due_at else "")
        + (f", because: {row.reason}" if row.reason else "")
        for row in rows[:most]
    ]


def _sent(customer: Customer, most: int) -> list[str]:
    rows = Message.objects.filter(customer=customer).select_related("journey").order_by("-planned_at", "-pk")
    return [
        f"Message {row.pk} {row.channel} {row.journey.slug if row.journey else '–'}/{row.node}: {row.state}"
        + (
            f" at {_at(row.sent_at)} to {row.recipient}: {row.subject}"
            if row.sent_at
            else f", planned {_at(row.planned_at)}"
        )
        + (f", because: {row.reason}" if row.reason else "")
        for row in rows[:most]
    ]


def _measured(customer: Customer, most: int) -> list[str]:
    answers = Response.objects.filter(message__customer=customer).order_by("-first_at", "-pk")[:most]
    outcomes = Outcome.objects.filter(message__customer=customer).order_by("-measured_at", "-pk")[:most]
    return [
        *(
            f"Response to message {row.message_id}: {row.kind} {row.count} times, first {_at(row.first_at)}"
            for row in answers
        ),
        *(
            f"Outcome of message {row.pk}: opened {_at(row.opened_at)}, clicked {_at(row.clicked_at)}, "
            f"converted {_at(row.converted_at)}, revenue {row.revenue.normalize():f}"
            for row in outcomes
        ),
    ]


def _memberships(customer: Customer) -> list[Membership]:
    rows = Membership.objects.filter(customer=customer).select_related("segment", "suppressed_by")
    return list(rows.order_by("segment__rank", "pk"))


def _change(row: Any) -> str:
    cause = " ".join(part for part in (row.cause_kind, row.cause_detail, row.cause_id) if part)
    by = f" by {row.suppressed_by.slug}" if row.suppressed_by else ""
    silent = ", silent" if row.silent else ""
    return f"MembershipChange {row.pk} {_at(row.at)} {row.kind} {row.segment.slug} ({row.state}{by}{silent}): {cause}"


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}Z" if instant else "–"


Rows = Callable[[Customer, int], list[str]]
STAGES: Iterable[tuple[str, str, Rows]] = (
    ("ingest", "Customer, Identity, Event, EventTotal, Order, Consent", _ingested),
    ("mark", "DirtyCustomer; none is a customer who is up to date", _marked),
    ("evaluate", "which rules hold, by version", _evaluated),
    ("govern", "active or suppressed, and when to look again", _governed),
    ("record", "Membership, MembershipChange with its cause", _recorded),
    ("advance", "Enrolment", _advanced),
    ("send", "Message", _sent),
    ("measure", "Response, Outcome", _measured),
)
