"""Note in the audit log who changed what, with before and after. Every app uses it; nothing is ever rewritten there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from customers.models import AuditEntry


def note(
    *,
    actor: Any,
    action: str,
    object: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
    now: datetime,
) -> AuditEntry:
    """Write one entry, in the transaction of the change it tells of. `actor` is an account, or the name of a task.

    An object that people know by a slug is noted under it, any other under its number.
    """
    return AuditEntry.objects.create(
        at=now,
        actor=_name(actor),
        action=action,
        object_type=object._meta.model_name or "",
        object_id=str(getattr(object, "slug", "") or object.pk),
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        note=note,
    )


def _name(actor: Any) -> str:
    """How an account is named; a text stands for itself, nobody for the installation."""
    if actor is None:
        return "tideline"
    return actor if isinstance(actor, str) else str(actor.get_username())
