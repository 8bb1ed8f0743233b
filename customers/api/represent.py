"""How customers and events look in the API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from customers.models import Customer, Event
from customers.queries.profiles import consents_of, identities_of, order_traits_of


def username(account: AbstractBaseUser | None) -> str | None:
    """An account by its user name; null for nobody: the system, or somebody who is gone."""
    return account.get_username() if account else None


def customer_named_as_json(customer: Customer) -> dict[str, Any]:
    """A customer where they are only mentioned."""
    return {"id": customer.pk, "user_id": customer.user_id}


def customer_as_json(customer: Customer, *, now: datetime | None) -> dict[str, Any]:
    """A profile; with an instant also the traits as of then, the consents and the ids."""
    profile: dict[str, Any] = {
        "id": customer.pk,
        "user_id": customer.user_id,
        "email": customer.email,
        "phone": customer.phone,
        "timezone": customer.timezone,
        "known": customer.known,
        "created_at": customer.created_at or customer.first_seen_at,
        "first_seen_at": customer.first_seen_at,
        "last_seen_at": customer.last_seen_at,
        "paused_at": customer.paused_at,
        "attributes": customer.attributes,
    }
    if now is not None:
        profile["traits"] = order_traits_of(customer, now=now)
        profile["consents"] = consents_of(customer)
        profile["identities"] = identities_of(customer)
        merges = customer.merges.filter(undone_at=None).order_by("-id").values("id", "gone_id", "at", "reason")
        profile["merges"] = list(merges)
    return profile


def event_as_json(event: Event) -> dict[str, Any]:
    """One event."""
    return {
        "id": event.pk,
        "event": event.name.name,
        "time": event.time,
        "received_at": event.received_at,
        "message_id": event.message_id,
        "source": event.source.slug,
        "store": event.store,
        "properties": event.properties,
    }


def exact(value: Any) -> Any:
    """The same with its decimals as numbers, not as text."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
