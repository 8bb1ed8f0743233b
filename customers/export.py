"""Everything that is kept about one customer, as JSON: what a person may ask for.

Rows of other apps are found by their key to the customer, as erasing finds them, so that no app can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models

from customers.models import AuditEntry, Customer, DirtyCustomer, Event

# Not about the person: work that waits, and secrets in links.
_LEFT_OUT = frozenset({DirtyCustomer})
_SECRETS = frozenset({"token"})
# What apps above keep of a customer outside rows with a key to them: by name, what each answers is exported too.
ALSO_EXPORTED: dict[str, Callable[[Customer], Any]] = {}


def export(customer: Customer) -> dict[str, Any]:
    """The profile, the events in order of time, and under its name every other thing kept about the customer."""
    exported: dict[str, Any] = {"profile": _row(customer)}
    exported["events"] = [
        {
            "event": event.name.name,
            "time": event.time,
            "received_at": event.received_at,
            "source": event.source.slug,
            "store": event.store,
            "message_id": event.message_id,
            "line": event.line,
            "properties": event.properties,
        }
        for event in Event.objects.filter(customer=customer).select_related("name", "source").order_by("time", "id")
    ]
    for relation in Customer._meta.related_objects:
        model = relation.related_model
        if not isinstance(model, type) or model in _LEFT_OUT or model is Event:
            continue
        rows = model._default_manager.filter(**{relation.field.name: customer}).order_by("pk")
        exported[str(model._meta.verbose_name_plural)] = [_row(row) for row in rows]
    edits = AuditEntry.objects.filter(object_type="customer", object_id=str(customer.pk)).order_by("pk")
    exported[str(AuditEntry._meta.verbose_name_plural)] = [_row(row) for row in edits]
    for name, told in ALSO_EXPORTED.items():
        exported[name] = told(customer)
    return exported


def _row(row: models.Model) -> dict[str, Any]:
    """The columns of a row, without secrets and without its key to the customer."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in _SECRETS and field.attname != "customer_id"
    }
