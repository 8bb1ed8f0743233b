"""A small shop for the tests of verbs 3 to 5: customers through ingest, segments through publish, a clock by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from customers.ingest import ingest
from customers.models import Customer, DirtyCustomer, Source
from segmentation.evaluate import evaluate
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.publish import publish
from segmentation.save import create, save_draft
from segmentation.sweep import sweep
from segmentation.work import run

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_numbers = count(1)


def source() -> Source:
    return Source.objects.get_or_create(slug="shop", defaults={"name": "Shop", "created_at": NOON})[0]


def track(user: str, event: str, at: datetime, *, received: datetime | None = None, **properties: Any) -> str:
    """One event of a user, received when it happened unless said otherwise; its message id."""
    message = f"m-{next(_numbers)}-{user}"
    call = {
        "type": "track",
        "userId": user,
        "event": event,
        "messageId": message,
        "timestamp": at.isoformat(),
        "properties": properties,
    }
    taken = ingest(source=source(), calls=[call], received_at=received or at)
    assert taken.accepted == 1, taken
    return message


def identify(user: str, at: datetime, **traits: Any) -> int:
    """Tell traits of a user; the customer's id."""
    call = {"type": "identify", "userId": user, "traits": traits, "messageId": f"i-{next(_numbers)}-{user}"}
    taken = ingest(source=source(), calls=[call], received_at=at)
    assert taken.accepted == 1, taken
    return customer(user)


def customer(user: str) -> int:
    return Customer.objects.get(user_id=user).pk


def rule(*conditions: dict[str, Any], exclude: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {"version": 1, "include": {"op": "all", "conditions": list(conditions)}}
    if exclude:
        document["exclude"] = {"op": "any", "conditions": exclude}
    return document


def did(event: str, times: int = 1, days: int | None = None) -> dict[str, Any]:
    window = {"last": {"amount": days, "unit": "days"}} if days else {"ever": True}
    return {
        "type": "event",
        "event": event,
        "measure": {"aggregate": "count"},
        "operator": "gte",
        "value": times,
        "window": window,
    }


def attribute(key: str, value: Any, operator: str = "is") -> dict[str, Any]:
    return {"type": "attribute", "key": key, "operator": operator, "value": value}


def in_segment(slug: str, state: str = "in", days: int | None = None) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "segment", "segment": slug, "state": state}
    return node | ({"window": {"last": {"amount": days, "unit": "days"}}} if days else {})


def live(slug: str, document: dict[str, Any], now: datetime = NOON - DAY, **columns: Any) -> Segment:
    """A published segment, its rebuild done."""
    segment = create(name=slug.title(), slug=slug, rule=document, by=None, now=now)
    if columns:
        Segment.objects.filter(pk=segment.pk).update(**columns)
    assert run(job=publish(segment=segment, by=None, now=now), now=now)
    segment.refresh_from_db()
    assert segment.error == ""
    return segment


def edit(segment: Segment, document: dict[str, Any], now: datetime, **how: Any) -> None:
    """Publish another rule of a segment, and rebuild."""
    save_draft(segment=segment, rule=document, now=now)
    run(job=publish(segment=segment, by=None, now=now, **how), now=now)


def settle(now: datetime) -> int:
    """Evaluate until nobody is dirty; the number of changes."""
    changes = 0
    while DirtyCustomer.objects.exists():
        changes += evaluate(now=now).changes
    return changes


def pass_time(now: datetime) -> int:
    """Sweep the clock up to `now` and evaluate; the number of changes."""
    sweep(now=now)
    return settle(now)


def who(slug: str, state: str | None = None) -> set[str]:
    """The user ids of the members."""
    found = Membership.objects.filter(segment__slug=slug)
    found = found.filter(state=state) if state else found
    return set(found.values_list("customer__user_id", flat=True))


def log(slug: str, user: str) -> list[tuple[str, str]]:
    """The kinds of change of a user in a segment with what caused each, in order."""
    found = MembershipChange.objects.filter(segment__slug=slug, customer__user_id=user).order_by("at", "pk")
    return list(found.values_list("kind", "cause_kind"))
