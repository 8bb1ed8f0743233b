"""What the tests of ingest send, and what they ask afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from customers.ingest import Ingested, ingest
from customers.models import Customer, DirtyCustomer, Event, Identity, Source
from customers.tracking.values import decode, encode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def web() -> Source:
    return Source.objects.get_or_create(slug="web", defaults={"name": "Web", "store": "berlin", "created_at": NOW})[0]


def send(*calls: Mapping[str, Any], at: datetime = NOW) -> Ingested:
    """Calls in one batch, as the door hands them on: decoded with exact numbers."""
    return ingest(source=web(), calls=[decode(encode(call).encode()) for call in calls], received_at=at)


def track(event: str, **call: Any) -> dict[str, Any]:
    """A call; without an id of its own it is user u1's."""
    who = {} if {"userId", "anonymousId"} & call.keys() else {"userId": "u1"}
    return {"type": "track", "event": event, **who, **call}


def identify(traits: Mapping[str, Any] | None = None, **call: Any) -> dict[str, Any]:
    who = {} if {"userId", "anonymousId"} & call.keys() else {"userId": "u1"}
    return {"type": "identify", "traits": traits or {}, **who, **call}


def owner(value: str, kind: str = "user_id") -> Customer:
    return Identity.objects.select_related("customer").get(kind=kind, value=value).customer


def names_of(customer: Customer) -> list[str]:
    """The names of a customer's events in the order of receipt."""
    return list(Event.objects.filter(customer=customer).order_by("id").values_list("name__name", flat=True))


def properties_text(message_id: str) -> str:
    """The properties of an event as PostgreSQL writes them, numbers exact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT properties::text FROM customers_event WHERE message_id = %s ORDER BY id", [message_id])
        return str(cursor.fetchone()[0])


def causes_of(customer: Customer) -> dict[str, Any]:
    return dict(DirtyCustomer.objects.get(customer=customer).causes)
