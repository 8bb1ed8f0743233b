"""One number of a rule tried at several values: 60 against 90 days, 400 against 500."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from segmentation.backtest import DAY, members_as_of, rule_of
from segmentation.errors import SegmentError
from segmentation.jobs import Progress, enqueue
from segmentation.models import Job, Segment
from segmentation.queries.catalogue import catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.parse import parse

MOST_VALUES = 20
# How far back each value's members are compared with today's.
BACK = 30 * DAY


def request_threshold_sweep(
    *,
    segment: Segment,
    pointer: str,
    values: Sequence[Any],
    rule: Mapping[str, Any] | None = None,
    by: User | None,
    now: datetime,
) -> Job:
    """Ask for a sweep of the number at a JSON pointer into the rule (`/include/conditions/0/value`) over `values`.

    Raises RuleError where the rule is faulty with one of them, SegmentError for a pointer that leads to no number.
    """
    document = rule_of(segment, rule)
    if not _is_number(_at(document, pointer)):
        message = "Name the place of a number in the rule, such as /include/conditions/0/value."
        raise SegmentError("invalid", message, pointer="/pointer")
    if not values or len(values) > MOST_VALUES or not all(map(_is_number, values)):
        raise SegmentError("invalid", f"Give 1 to {MOST_VALUES} numbers to try.", pointer="/values")
    for place, value in enumerate(values):
        try:
            parse(with_value(document, pointer, value), catalogue=catalogue())
        except RuleError as error:
            raise SegmentError("invalid", error.faults[0].message, pointer=f"/values/{place}") from error
    parameters = {"rule": document, "pointer": pointer, "values": list(values), "until": now.isoformat()}
    return enqueue(kind="threshold_sweep", segment=segment, parameters=parameters, by=by, now=now)


def threshold_sweep(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do a threshold sweep job: for each value the size, who came and went in 30 days, and how many are members today."""
    progress = Progress(job, now)
    asked = job.parameters
    until = datetime.fromisoformat(asked["until"])
    as_written = _at(asked["rule"], asked["pointer"])
    written = set(members_as_of(parse(asked["rule"], catalogue=catalogue()), until))
    rows = []
    for place, value in enumerate(asked["values"]):
        progress.say(place / len(asked["values"]), f"{value}")
        rule = parse(with_value(asked["rule"], asked["pointer"], value), catalogue=catalogue())
        found, before = set(members_as_of(rule, until)), set(members_as_of(rule, until - BACK))
        rows.append(
            {
                "value": value,
                "size": len(found),
                "size_30_days_ago": len(before),
                "entered_30_days": len(found - before),
                "exited_30_days": len(before - found),
                "also_as_written": len(found & written),
            }
        )
    return {"pointer": asked["pointer"], "as_written": as_written, "size_as_written": len(written), "values": rows}


def with_value(document: Mapping[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The rule with another number at the pointer."""
    changed: dict[str, Any] = deepcopy(dict(document))
    parent_pointer, _, last = pointer.rpartition("/")
    parent = _at(changed, parent_pointer)
    parent[int(last) if isinstance(parent, list) else last] = value
    return changed


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; None where it leads nowhere."""
    found = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
