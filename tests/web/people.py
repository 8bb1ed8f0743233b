"""Accounts and a small shop for the tests of pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from customers.ingest import ingest
from customers.models import Customer, Source

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PART = {"HX-Request": "true"}


def signed_in(role: str = "marketer") -> Client:
    """A client of somebody with a role."""
    user, _ = User.objects.get_or_create(username=role)
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    client = Client()
    client.force_login(user)
    return client


def source(slug: str = "web") -> Source:
    """A source of events."""
    return Source.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize(), "created_at": NOW})[0]


def send(*calls: Mapping[str, Any], at: datetime = NOW) -> None:
    """Ingest calls as if they had come in at an instant."""
    ingest(source=source(), calls=list(calls), received_at=at)


def shopper(name: str, *, minutes_ago: int = 5, **traits: Any) -> Customer:
    """A customer who identified with a first name, seen so many minutes ago."""
    at = NOW - timedelta(minutes=minutes_ago)
    send({"type": "identify", "messageId": f"i-{name}", "userId": f"u-{name}", "timestamp": at.isoformat(),
          "traits": {"firstName": name, **traits}})  # fmt: skip
    return Customer.objects.get(user_id=f"u-{name}")


def did(customer: Customer, event: str, *, minutes_ago: int = 3, **properties: Any) -> None:
    """An event of a customer."""
    at = NOW - timedelta(minutes=minutes_ago)
    send({"type": "track", "messageId": f"{event} {customer.pk} {minutes_ago} {properties}", "userId": customer.user_id, "event": event,
          "timestamp": at.isoformat(), "properties": properties})  # fmt: skip
