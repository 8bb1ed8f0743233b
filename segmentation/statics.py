"""Put customers on a static list and take them off: the same record, governance and readers as for a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from time import sleep

from django.db import transaction

from segmentation.causes import Cause
from segmentation.claims import hold
from segmentation.decide import decide, instant_for
from segmentation.errors import SegmentError
from segmentation.models import Membership, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hold_still, open_book
from segmentation.record import Change

BATCH = 1000
_PAUSE = 0.05


def add_members(*, segment: Segment, customers: Iterable[int], cause: Cause, now: datetime) -> int:
    """Put customers (ids) on the list; return how many were not on it. `cause` is of the kind manual or import."""
    return _move(segment, customers, "entered", cause, now)


def remove_members(*, segment: Segment, customers: Iterable[int], cause: Cause, now: datetime) -> int:
    """Take customers off the list; return how many were on it."""
    return _move(segment, customers, "exited", cause, now)


def _move(segment: Segment, customers: Iterable[int], kind: str, cause: Cause, now: datetime) -> int:
    moved = 0
    left = iter(list(dict.fromkeys(customers)))
    while portion := list(islice(left, BATCH)):
        while portion:
            waiting, count = _move_portion(segment.pk, portion, kind, cause, now)
            moved += count
            if waiting == portion:
                sleep(_PAUSE)
            portion = waiting
    return moved


@transaction.atomic
def _move_portion(
    segment_id: int, customers: Sequence[int], kind: str, cause: Cause, now: datetime
) -> tuple[list[int], int]:
    """Move those that nobody holds; who is to be asked for again, and how many moved."""
    hold_still()
    segment = Segment.objects.get(pk=segment_id)
    if segment.kind != Segment.Kind.STATIC:
        raise SegmentError("not_static", "The members of this segment follow from its rule. Edit the rule instead.")
    if segment.status == Status.ARCHIVED:
        raise SegmentError("archived", "The segment is archived; its list is closed.")
    held, left = hold(customers)
    stored = set(Membership.objects.filter(segment_id=segment_id, customer__in=held).values_list("customer", flat=True))
    moving = sorted(held - stored if kind == "entered" else stored)
    changes = [Change(kind, segment_id, customer, 0, cause) for customer in moving]
    decide(asked={}, book=open_book(), now=instant_for(customers=held, now=now), given=changes)
    return left, len(moving)
