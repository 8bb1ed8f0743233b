"""The numbers beside a rule that is being drawn: its size, what each condition leaves, ten people on either side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from common.display import NOTHING
from customers.models import Customer
from segmentation.effects import effect_of, near_misses
from segmentation.models import Segment
from segmentation.preview import preview, reasons_of
from segmentation.queries.surroundings import surroundings
from segmentation.rules.describe import phrase, sentence
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Attribute, Event, Latest, Node, Percentile, Rule
from segmentation.rules.walk import at
from segmentation.rules.wording import name_of

PEOPLE = 10
MOST_REASONS = 4

Answer = dict[str, Any]


def faults_answer(error: RuleError) -> Answer:
    """What is wrong with a rule that cannot be counted."""
    faults = [{"pointer": fault.pointer, "message": fault.message} for fault in error.faults]
    return {"valid": False, "errors": faults, "warnings": []}


def number_answer(*, rule: Rule, segment: Segment, now: datetime) -> Answer:
    """The exact size with the reach by channel, the sentence and the hints: the fast part."""
    found = preview(rule=rule, now=now, sample=0, funnel=False)
    return {
        "valid": True,
        "errors": [],
        "sentence": sentence(rule),
        "warnings": found.warnings,
        "count": found.count,
        "total": found.total,
        "at": found.at,
        "elapsed_ms": found.elapsed_ms,
        "reach": [{"channel": channel, "count": count} for channel, count in found.reach.items()],
    }


def detail_answer(*, rule: Rule, segment: Segment, now: datetime) -> Answer:
    """The funnel, who would enter and leave, ten who are in with what qualified them, ten who miss by one condition."""
    found = preview(rule=rule, now=now, sample=PEOPLE, funnel=True)
    change = effect_of(rule=rule, segment=segment, now=now) if segment.live_version_id else None
    return {
        "valid": True,
        "total": found.total,
        "funnel": found.funnel,
        "change": {"enter": change.enter, "leave": change.leave} if change else None,
        "sample": [_person(one["id"], one["name"], _reasons(rule, one["why"])) for one in found.sample],
        "missed": _missed(rule, now),
    }


def _person(pk: int, name: str, why: str) -> Answer:
    return {"name": name, "url": f"/customers/{pk}/", "why": why}


def _missed(rule: Rule, now: datetime) -> list[Answer]:
    """Those whom one condition keeps out, and what they have instead of it."""
    missed = dict(near_misses(rule=rule, now=now, many=PEOPLE))
    reasons = reasons_of(rule, surroundings([rule], now=now, stored_thresholds=False), list(missed))
    people = Customer.objects.in_bulk(missed)
    return [
        _person(pk, str(people[pk]), _lack(rule, pointer, reasons.get(pk, [])))
        for pk, pointer in missed.items()
        if pk in people
    ]


def _lack(rule: Rule, pointer: str, reasons: Iterable[Mapping[str, Any]]) -> str:
    node = at(rule, pointer)
    if pointer.startswith("/exclude"):
        return f"left out: {phrase(node)}"
    found = next((reason for reason in reasons if reason["pointer"] == pointer), None)
    if found is None or found["value"] is None:
        return f"not: {phrase(node)}"
    return f"{_subject(node)}: {looked_at_words(found['value'])}"


def _reasons(rule: Rule, reasons: Iterable[Mapping[str, Any]]) -> str:
    """The values that qualified somebody, in a few words; conditions without a value are said as they are."""
    told = []
    for reason in reasons:
        node = at(rule, reason["pointer"])
        told.append(
            phrase(node) if reason["value"] is None else f"{_subject(node)}: {looked_at_words(reason['value'])}"
        )
    return "; ".join(list(dict.fromkeys(told))[:MOST_REASONS])


def _subject(node: Node) -> str:
    """What the value of a condition is the value of."""
    if isinstance(node, Attribute | Percentile):
        return name_of(node.key)
    if isinstance(node, Latest):
        return name_of(node.property)
    if isinstance(node, Event):
        measure, names = node.measured.measure, node.measured.selector.names
        events = "any event" if names == ("*",) else " or ".join(names)
        return events if measure.property is None else f"{measure.aggregate} of {name_of(measure.property)}, {events}"
    return phrase(node)


def looked_at_words(value: Any) -> str:
    """What a condition looked at: `3,176.92, the threshold is 2,703.49`, `2 and 3` of a comparison, or a plain value."""
    if not isinstance(value, Mapping):
        return value_words(value)
    parts = {key: NOTHING if part is None else value_words(part) for key, part in value.items()}
    if parts.keys() == {"value", "threshold"}:
        return f"{parts['value']}, the threshold is {parts['threshold']}"
    return " and ".join(parts.values())


def value_words(value: Any) -> str:
    """A value as people write it; one of JSON comes as its text."""
    if isinstance(value, str) and value.startswith(('"', "[")):
        value = json.loads(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
