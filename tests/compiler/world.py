"""Customers with their histories put straight into the tables, and the ids they got."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import connection

from customers.models import Consent, Customer, Event, EventName, Source
from customers.partitions import ensure_months, month_of
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.instants import instant_of

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
COLUMNS = ("user_id", "email", "phone", "timezone")
INSTANTS = ("created_at", "first_seen_at", "last_seen_at")
_event_ids = count(1)


@dataclass
class World:
    """The database's ids of what was put in: customers by the names that the history gives them."""

    customers: dict[str, int] = field(default_factory=dict)
    event_ids: dict[str, int] = field(default_factory=dict)
    segment_ids: dict[str, int] = field(default_factory=dict)

    def surroundings(self, now: datetime, **more: Any) -> Surroundings:
        return Surroundings(now=now, event_ids=self.event_ids, segment_ids=self.segment_ids, **more)

    def names(self, ids: Sequence[int]) -> set[str]:
        names = {pk: name for name, pk in self.customers.items()}
        return {names[pk] for pk in ids}


def instant(text: str) -> datetime:
    found = instant_of(text)
    assert found is not None, text
    return found


def put(people: Sequence[Mapping[str, Any]]) -> World:
    """People as `{"id", "attributes", "consents", "events": [{"name", "time", "properties"}]}`, received in that order."""
    source, _ = Source.objects.get_or_create(slug="shop", defaults={"name": "Shop", "created_at": EPOCH})
    names = sorted({event["name"] for person in people for event in person["events"]})
    EventName.objects.bulk_create(
        [EventName(name=name, first_received_at=EPOCH) for name in names], ignore_conflicts=True
    )
    made = Customer.objects.bulk_create([_customer(person["attributes"]) for person in people])
    world = World(
        {person["id"]: row.pk for person, row in zip(people, made)},
        dict(EventName.objects.filter(name__in=names).values_list("name", "id")),
    )
    Consent.objects.bulk_create(
        Consent(customer_id=world.customers[person["id"]], channel=channel, state=state, at=EPOCH)
        for person in people
        for channel, state in person["consents"].items()
        if state != "never"
    )
    _put_events(people, world, source)
    return world


def _customer(attributes: Mapping[str, Any]) -> Customer:
    columns = {key: attributes[key] for key in COLUMNS if isinstance(attributes.get(key), str)}
    instants = {key: instant(attributes[key]) for key in INSTANTS if key in attributes}
    rest = {key: value for key, value in attributes.items() if key not in (*COLUMNS, *INSTANTS)}
    return Customer(**columns, **instants, attributes=rest, updated_at=EPOCH)


def _put_events(people: Sequence[Mapping[str, Any]], world: World, source: Source) -> None:
    rows = [(world.customers[person["id"]], event) for person in people for event in person["events"]]
    ensure_months({month_of(instant(event["time"])) for _, event in rows})
    columns = "id, customer_id, name_id, time, received_at, source_id, store, message_id, line, properties"
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_event ({columns}) FROM STDIN") as copy:
        for customer, event in rows:
            number, at = next(_event_ids), instant(event["time"])
            row = (number, customer, world.event_ids[event["name"]], at, at, source.pk, event.get("store"), str(number))
            copy.write_row((*row, event.get("line"), json.dumps(event["properties"])))


assert Event._meta.db_table == "customers_event"
