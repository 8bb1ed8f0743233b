"""Pause and resume the messages to one customer: a person's decision, above every journey. Consents stay as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from customers import audit
from customers.models import Customer


@transaction.atomic
def pause_messages(*, customer: Customer, paused: bool, by: Any, now: datetime) -> bool:
    """Withhold every message from now on, or let them go again; whether that changed anything."""
    found = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if (found.paused_at is not None) == paused:
        return False
    before = {"paused_at": found.paused_at and found.paused_at.isoformat()}
    found.paused_at = now if paused else None
    found.updated_at = now
    found.save(update_fields=["paused_at", "updated_at"])
    after = {"paused_at": now.isoformat() if paused else None}
    action = "pause messages" if paused else "resume messages"
    audit.note(actor=by, action=action, object=found, before=before, after=after, now=now)
    return True
