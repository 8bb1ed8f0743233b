"""A world of the reference put straight into the tables, as ingest would have left it, and the ids it got."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from django.db import connection

from customers import models
from customers.partitions import ensure_months, month_of
from customers.traits.totals import total_orders
from segmentation.compiler.surroundings import Surroundings
from segmentation.models import Membership, MembershipChange, Segment
from tests.reference import orders, world

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
_numbers = count(1)


@dataclass
class Put:
    """The database's ids of what was put in: customers by the names that the world gives them."""

    world: world.World
    customers: dict[str, int] = field(default_factory=dict)
    event_ids: dict[str, int] = field(default_factory=dict)
    segment_ids: dict[str, int] = field(default_factory=dict)

    def surroundings(self, now: datetime, **more: Any) -> Surroundings:
        ids = {"event_ids": self.event_ids, "segment_ids": self.segment_ids}
        return Surroundings(now=now, catalogue=self.world.catalogue, **ids, **more)

    def names(self, ids: Iterable[int]) -> set[str]:
        names = {pk: name for name, pk in self.customers.items()}
        return {names[pk] for pk in ids}


def put(base: world.World, *, all_time: bool = False) -> Put:
    """Everything of the world but current memberships, which depend on an instant (`settle`).

    `all_time` says that one partition takes every event: none is made for a month.
    """
    if not all_time:
        ensure_months(months_of(base))
    made = models.Customer.objects.bulk_create([_customer(one) for one in base.customers])
    found = Put(base, {one.id: row.pk for one, row in zip(base.customers, made)})
    models.Consent.objects.bulk_create(
        models.Consent(customer_id=found.customers[one.id], channel=channel, state=state, at=EPOCH)
        for one in base.customers
        for channel, state in one.consents.items()
        if state != "never"
    )
    _put_events(found)
    models.Order.objects.bulk_create(order for one in base.customers for order in _orders(one, found.customers[one.id]))
    total_orders(found.customers.values())
    _put_changes(found)
    return found


def _customer(one: world.Customer) -> models.Customer:
    return models.Customer(
        user_id=one.user_id,
        email=one.email,
        phone=one.phone,
        timezone=one.timezone,
        attributes=dict(one.attributes),
        created_at=one.created_at,
        first_seen_at=one.first_seen_at,
        last_seen_at=one.last_seen_at,
        updated_at=EPOCH,
    )


def months_of(base: world.World) -> set[date]:
    return {month_of(event.time) for one in base.customers for event in one.events}


def _put_events(found: Put) -> None:
    rows = [(found.customers[one.id], event) for one in found.world.customers for event in one.events]
    sources = {slug: _source(source) for slug, source in found.world.sources.items()}
    names = {event.name for _, event in rows}
    models.EventName.objects.bulk_create(
        [models.EventName(name=name, first_received_at=EPOCH) for name in sorted(names)], ignore_conflicts=True
    )
    found.event_ids = dict(models.EventName.objects.filter(name__in=names).values_list("name", "id"))
    columns = "id, customer_id, name_id, time, received_at, source_id, store, message_id, line, properties"
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_event ({columns}) FROM STDIN") as copy:
        for customer, event in rows:
            number, at, name = next(_numbers), event.time, found.event_ids[event.name]
            # Received before its time: at an earlier instant it is one of the future's, as the clock's strips have them.
            start = (
                number,
                customer,
                name,
                at,
                min(at, EPOCH),
                sources[event.source],
                event.store,
                str(number),
                event.line,
            )
            copy.write_row((*start, json.dumps(dict(event.properties))))
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [list(found.customers.values())])


_TOTALS = """
INSERT INTO customers_eventtotal (customer_id, name_id, count, first_at, last_at)
SELECT customer_id, name_id, count(*), min(time), max(time) FROM customers_event
WHERE customer_id = ANY(%s) GROUP BY customer_id, name_id"""


def _source(source: world.Source) -> int:
    defaults = {"name": source.slug, "store": source.store, "timezone": source.timezone, "created_at": EPOCH}
    return models.Source.objects.get_or_create(slug=source.slug, defaults=defaults)[0].pk


def _orders(one: world.Customer, customer: int) -> Iterable[models.Order]:
    """The table of orders by the reference's reading of the events."""
    received = [event for event in one.events if event.line is None]
    for key, placed in orders._placed(received).items():
        about = [event for event in received if orders._order_id(event) == key and isinstance(key, str)]
        revenue = orders._amount(placed, ("revenue", "total", "value")) or Fraction(0)
        cancelled = [event.time for event in about if event.name == "Order Cancelled"]
        refunds = [(event.time, _refunded(event, revenue)) for event in about if event.name == "Order Refunded"]
        yield models.Order(
            customer_id=customer,
            key=str(key),
            ordered_at=placed.time,
            revenue=_decimal(revenue),
            cancelled_at=min(cancelled, default=None),
            refunds=[{"at": at.isoformat(), "amount": float(_decimal(amount))} for at, amount in refunds],
            categories=orders.written(placed),
        )


def _refunded(event: world.Event, revenue: Fraction) -> Fraction:
    named = orders._amount(event, ("refund", "revenue", "total", "value"))
    return revenue if named is None else named


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _put_changes(found: Put) -> None:
    changes = [(found.customers[one.id], change) for one in found.world.customers for change in one.changes]
    slugs = {change.segment for _, change in changes} | {"vip", "at-risk"}
    for slug in sorted(slugs):
        row, _ = Segment.objects.get_or_create(
            slug=slug, defaults={"name": slug, "created_at": EPOCH, "updated_at": EPOCH}
        )
        found.segment_ids[slug] = row.pk
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment_id=found.segment_ids[change.segment],
            customer_id=customer,
            kind=change.kind,
            state="active",
            at=change.at,
            version=1,
            cause_kind="event",
        )
        for customer, change in sorted(changes, key=lambda pair: pair[1].at)
    )


def settle(found: Put, now: datetime) -> None:
    """The memberships that stand at an instant, in place of whatever stood."""
    Membership.objects.filter(segment_id__in=found.segment_ids.values()).delete()
    Membership.objects.bulk_create(
        Membership(
            segment_id=found.segment_ids[slug],
            customer_id=found.customers[one.id],
            state=("active", "suppressed")[found.customers[one.id] % 2],
            since=now,
            state_since=now,
            version=1,
        )
        for one in found.world.customers
        for slug in found.segment_ids
        if _inside(one.changes, slug, now)
    )


def _inside(changes: Sequence[world.Change], slug: str, now: datetime) -> bool:
    seen = sorted((c for c in changes if c.segment == slug and c.at <= now), key=lambda change: change.at)
    return bool(seen) and seen[-1].kind == "entered"
