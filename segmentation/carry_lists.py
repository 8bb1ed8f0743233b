"""Keep a person on the lists they are on when their profile is merged into another.

The rules of dynamic segments are asked again for the customer who is kept; nobody asks a list. So the merge leaves a job
that puts the kept customer on each static segment that the other one was on, with governance as for anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from segmentation.causes import Cause
from segmentation.enlist import KIND
from segmentation.jobs import enqueue
from segmentation.models import Membership, Segment


def carry_lists(into: Mapping[int, int], now: datetime) -> None:
    """Leave the jobs, in the transaction of the merge and before the customers are gone; `into` is who goes into whom."""
    rows = Membership.objects.filter(customer_id__in=list(into), segment__kind=Segment.Kind.STATIC)
    listed: dict[int, dict[int, int]] = {}
    for segment, gone in rows.order_by("segment_id", "customer_id").values_list("segment_id", "customer_id"):
        listed.setdefault(segment, {})[gone] = into[gone]
    segments = Segment.objects.in_bulk(listed)
    for segment, moved in listed.items():
        names = ", ".join(str(number) for number in moved)
        cause = Cause("merge", id=names, detail=f"customer {names} merged into this one", at=now)
        parameters = {"customers": sorted(set(moved.values())), "cause": cause.stored()}
        enqueue(kind=KIND, segment=segments[segment], parameters=parameters, by=None, now=now)
