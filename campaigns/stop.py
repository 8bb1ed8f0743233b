"""Stops enrolments before their next send, and withholds what they had planned with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from campaigns.models import Enrolment, Message

SAID = {
    "left": "the customer left the segment",
    "suppressed": "another segment speaks to the customer now",
    "goal": "the customer reached the goal",
    "unsubscribed": "the customer opted out",
    "ended": "the journey ended",
}


@transaction.atomic
def stop(*, enrolments: Iterable[int], reason: str, now: datetime) -> int:
    """Stop running enrolments by their ids, and return how many were running.

    `reason` is one of left, suppressed, goal, unsubscribed and ended.
    """
    rows = Enrolment.objects.filter(pk__in=list(enrolments), state=Enrolment.State.RUNNING)
    locked = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    if not locked:
        return 0
    Enrolment.objects.filter(pk__in=locked).update(
        state=Enrolment.State.STOPPED, reason=reason, ended_at=now, due_at=None
    )
    planned = Message.objects.filter(enrolment__in=locked, state=Message.State.PLANNED)
    planned.update(state=Message.State.WITHHELD, reason=SAID[reason])
    return len(locked)
