"""Take back what waits for an approval: its draft is not the one that was asked for any more."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from customers import audit
from segmentation.models import PublishRequest, Segment
from segmentation.queries.publish_requests import waiting_of

Actor = User | None


def withdraw_waiting(*, segment: Segment, by: Actor, reason: str, now: datetime) -> bool:
    """Withdraw the request that waits for a segment, if there is one, whose row the caller has locked."""
    row = waiting_of(segment)
    if row is None:
        return False
    settle(request=row, state=PublishRequest.State.WITHDRAWN, by=by, reason=reason, now=now)
    audit.note(
        actor=by,
        action="withdraw rule",
        object=segment,
        before={"state": "waiting"},
        after={"state": "withdrawn", "rule": row.sentence},
        note=reason,
        now=now,
    )
    return True


def settle(*, request: PublishRequest, state: PublishRequest.State, by: Actor, reason: str, now: datetime) -> None:
    """Store what became of a request."""
    request.state, request.decided_by, request.decided_at, request.reason = state, by, now, reason
    request.save(update_fields=["state", "decided_by", "decided_at", "reason", "version"])
