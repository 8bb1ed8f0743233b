"""Fill static segments: with customers that somebody names, or with the members that another segment has or had.

A few are put on the list while the person waits; many are a job with progress. What a job that is cancelled has put on
the list stays on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from customers.references import where_they_are_now
from segmentation.causes import Cause
from segmentation.errors import SegmentError
from segmentation.jobs import Progress, enqueue
from segmentation.models import Job, Segment
from segmentation.queries.membership import members_at, members_of
from segmentation.save import create
from segmentation.statics import BATCH, add_members, remove_members

KIND, TAKE_OFF = "enlist", "delist"
# So many are put on the list while the person waits.
SHORT = 5000


@transaction.atomic
def request_enlist(
    *, segment: Segment, customers: Sequence[int], cause: Cause, off: bool = False, by: User, now: datetime
) -> Job:
    """Leave the work of putting customers (ids) on a list, or of taking them off. `cause` is of the kind manual or import."""
    if segment.kind != Segment.Kind.STATIC:
        raise SegmentError("not_static", "The members of this segment follow from its rule. Edit the rule instead.")
    named = {"customers": len(customers), "why": cause.detail}
    audit.note(
        actor=by, action="remove members" if off else "add members", object=segment, before=None, after=named, now=now
    )
    parameters = {"customers": list(customers), "cause": cause.stored()}
    return enqueue(kind=TAKE_OFF if off else KIND, segment=segment, parameters=parameters, by=by, now=now)


@transaction.atomic
def snapshot(
    *, segment: Segment, name: str, by: User, state: str = "active", at: datetime | None = None, now: datetime
) -> Job:
    """Freeze the members of a segment (of a state, or all; those of `at` where it is given) as a static segment."""
    instant = min(at or now, now)
    rows = members_at(segment, at=instant, state=state) if at else members_of(segment, state=state)
    made = create(name=name, kind=Segment.Kind.STATIC, by=by, now=now)
    words = f"snapshot of {segment.name}, {instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    cause = Cause("manual", id=segment.slug, detail=words, at=now)
    customers = sorted(rows.order_by().values_list("customer_id", flat=True))
    return request_enlist(segment=made, customers=customers, cause=cause, by=by, now=now)


def enlist(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do the job: put its customers on the list, a batch at a time."""
    return {"customers": len(job.parameters["customers"]), "added": _moved(job, add_members, now)}


def delist(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do the job: take its customers off the list, a batch at a time."""
    return {"customers": len(job.parameters["customers"]), "removed": _moved(job, remove_members, now)}


def _moved(job: Job, verb: Callable[..., int], now: datetime) -> int:
    progress, asked = Progress(job, now), job.parameters["customers"]
    cause, moved = Cause.read(job.parameters["cause"]), 0
    assert job.segment is not None
    for first in range(0, len(asked), BATCH):
        progress.say(first / len(asked), f"{first:,} of {len(asked):,} looked at")
        customers = where_they_are_now(asked[first : first + BATCH])
        moved += verb(segment=job.segment, customers=customers, cause=cause, now=now)
    return moved
