"""The log of what people and programs changed: append-only, with before and after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from customers.models import AuditEntry
from customers.tracking.values import decode, encode

SYSTEM = "tideline"
# Whoever may run commands on the server has no account here.
COMMAND = "command line"


def note(
    *,
    actor: AbstractBaseUser | str | None,
    action: str,
    object: Model | tuple[str, str],
    before: Any = None,
    after: Any = None,
    note: str = "",
    now: datetime,
) -> AuditEntry:
    """Write one entry. `object` is a row, or its type and id where the row is gone; nobody as actor is the system."""
    if isinstance(object, Model):
        kind, number = object._meta.model_name or "", str(getattr(object, "slug", "") or object.pk)
    else:
        kind, number = object
    return AuditEntry.objects.create(
        at=now,
        actor=actor if isinstance(actor, str) else actor.get_username() if actor else SYSTEM,
        action=action,
        object_type=kind,
        object_id=number,
        before=_plain(before),
        after=_plain(after),
        note=note,
    )


def _plain(value: Any) -> Any:
    """A value as JSON holds it: instants and decimals as they are written in the API."""
    if value is None:
        return None
    plain = decode(encode(value).encode())
    return _floats(plain)


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value if value is None or isinstance(value, str | bool | int) else float(value)
