"""Ids that somebody sent for a static segment: looked up and shown first, put on the list when they say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from customers.references import customers_named
from segmentation.causes import Cause
from segmentation.compiler.select import members
from segmentation.engines.postgres import ids
from segmentation.enlist import request_enlist
from segmentation.errors import SegmentError
from segmentation.models import Job, Segment
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.rules.parse import parse
from segmentation.save import create

KIND = "upload"


def keep_upload(*, segment: Segment, kind: str, values: Sequence[str], source: str, by: User, now: datetime) -> Job:
    """Look the ids of one kind up and keep what was found and what was not. Nobody is on the list by that."""
    if segment.kind != Segment.Kind.STATIC:
        raise SegmentError("not_static", "The members of this segment follow from its rule. Edit the rule instead.")
    found = customers_named(kind, values)
    parameters = {
        "ids": kind,
        "source": source,
        "customers": sorted(set(found.values())),
        "unknown": [value for value in values if value not in found],
        "lines": len(values),
    }
    return Job.objects.create(
        kind=KIND, segment=segment, parameters=parameters, state=Job.State.DONE, created_by=by, created_at=now
    )


def add_upload(*, upload: Job, by: User, now: datetime) -> Job:
    """Leave the work of putting the customers of an upload on the list."""
    assert upload.segment is not None
    cause = Cause("import", id=by.get_username(), detail=upload.parameters["source"], at=now)
    customers = upload.parameters["customers"]
    return request_enlist(segment=upload.segment, customers=customers, cause=cause, by=by, now=now)


def freeze_rule(*, segment: Segment, name: str, by: User, now: datetime) -> Job:
    """Freeze whom the draft's rule holds for now as a static segment. Raises RuleError, SegmentError."""
    if not segment.rule:
        raise SegmentError("no_rule", "The segment has no rule yet. Add a condition first.", pointer="/rule")
    rule = parse(segment.rule, catalogue=catalogue())
    customers = ids(members(rule, surroundings([rule], now=now, stored_thresholds=False)))
    made = create(name=name, kind=Segment.Kind.STATIC, by=by, now=now)
    cause = Cause(
        "manual",
        id=segment.slug,
        detail=f"whom the draft of {segment.name} holds for, {now:%Y-%m-%d %H:%M} UTC",
        at=now,
    )
    return request_enlist(segment=made, customers=sorted(customers), cause=cause, by=by, now=now)
