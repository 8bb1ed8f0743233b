"""What was said in the name of segments, written down in bulk: customers, the journey they are on, messages, answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Enrolment, Journey, JourneyVersion, Message, Outcome
from customers.models import Customer
from segmentation.models import Membership, Segment
from tests.stages.campaign import flow
from tests.stages.shop import DAY, NOON

Chosen = Callable[[int], bool]


def segment(slug: str, **columns: Any) -> Segment:
    """A live segment, below those that are there."""
    rank, made = Segment.objects.count() + 1, NOON - 90 * DAY
    columns = {"name": slug.title(), "status": "live", "rank": rank, "created_at": made, "updated_at": made, **columns}
    return Segment.objects.create(slug=slug, **columns)


def journey(slug: str, *, on: str, words: str = "Have a look", goal: str | None = "Order Completed") -> JourneyVersion:
    """A live journey of one letter with these words, in force for 90 days."""
    document = flow(on, goal=goal)
    at = NOON - 90 * DAY
    row = Journey.objects.create(
        slug=slug, name=slug.title(), status="live", document=document, created_at=at, updated_at=at
    )
    templates = {"welcome": {"channel": "email", "name": "Welcome", "subject": "Hello", "body": f"<p>{words}</p>"}}
    row.live_version = JourneyVersion.objects.create(
        journey=row, number=1, document=document, templates=templates, digest=slug, created_at=at
    )
    row.save()
    row.decisions.create(version=row.live_version, kind="live", at=at)
    return row.live_version


def people(many: int, attributes: Callable[[int], dict[str, Any]] = lambda number: {}) -> list[Customer]:
    rows = [Customer(attributes=attributes(number), updated_at=NOON - 200 * DAY) for number in range(many)]
    return Customer.objects.bulk_create(rows)


def said(
    version: JourneyVersion, to: Sequence[Customer], *, at: datetime, answered: Chosen, clicked: bool = False
) -> list[Message]:
    """A message of the journey to each, sent at an instant; answered by those chosen by their place."""
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            journey=version.journey,
            version=version,
            customer=one,
            change_id=secrets.randbits(62),
            state="finished",
            node="end",
            entered_at=at,
            node_since=at,
        )
        for one in to
    )
    messages = Message.objects.bulk_create(
        Message(
            customer=way.customer,
            journey=version.journey,
            enrolment=way,
            node="mail",
            channel="email",
            subject="Hello",
            template="welcome",
            state="sent",
            token=secrets.token_hex(16),
            planned_at=at,
            due_at=at,
            sent_at=at,
        )
        for way in enrolments
    )
    answer = "clicked_at" if clicked else "converted_at"
    Outcome.objects.bulk_create(
        Outcome(message=one, measured_at=at, **({answer: at + timedelta(hours=1)} if answered(place) else {}))
        for place, one in enumerate(messages)
    )
    return messages


def members(row: Segment, who: Sequence[Customer], state: str = "active") -> None:
    Membership.objects.bulk_create(
        Membership(segment=row, customer=one, state=state, since=NOON - DAY, state_since=NOON - DAY, version=1)
        for one in who
    )
