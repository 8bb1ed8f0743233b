"""The base as it is stored, read into a world of the reference: what each customer is, did, agreed to and went through."""

from __future__ import annotations

from typing import Any

from customers import models
from segmentation.models import MembershipChange
from segmentation.queries.catalogue import catalogue
from tests.reference.world import Change, Customer, Event, Source, World

COLUMNS = ("user_id", "email", "phone", "timezone", "created_at", "first_seen_at", "last_seen_at")


def stored_world() -> World:
    """Customers go by their ids as text. Sums that are kept beside the events are not read: they are what is tested."""
    events, changes, consents = _events(), _changes(), _consents()
    customers = [
        Customer(
            id=str(row.pk),
            attributes=row.attributes,
            events=events.get(row.pk, ()),
            consents=consents.get(row.pk, {}),
            changes=changes.get(row.pk, ()),
            **{column: getattr(row, column) for column in COLUMNS},
        )
        for row in models.Customer.objects.order_by("pk")
    ]
    sources = {one.slug: Source(one.slug, one.store, one.timezone) for one in models.Source.objects.all()}
    return World(customers, sources, catalogue())


def _events() -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    rows = models.Event.objects.order_by("id").select_related("name", "source")
    for place, row in enumerate(rows):
        one = Event(row.name.name, row.time, row.properties, place, row.line, row.store, row.source.slug)
        found.setdefault(row.customer_id, []).append(one)
    return found


def _changes() -> dict[int, list[Change]]:
    """In the order of the log, which is the order of time for every customer."""
    found: dict[int, list[Change]] = {}
    rows = MembershipChange.objects.filter(kind__in=("entered", "exited")).order_by("at", "pk")
    for customer, slug, kind, at in rows.values_list("customer_id", "segment__slug", "kind", "at"):
        found.setdefault(customer, []).append(Change(slug, kind, at))
    return found


def _consents() -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for customer, channel, state in models.Consent.objects.values_list("customer_id", "channel", "state"):
        found.setdefault(customer, {})[channel] = state
    return found
