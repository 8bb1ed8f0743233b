"""How large a rule is right now: exact numbers, a sample with what qualified it, and what each condition leaves.

Nothing is stored. Percentile thresholds are computed afresh. Whoever may want to stop it runs it inside
`engines.cancellation.cancellable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from customers.models import Customer
from segmentation.compiler import select
from segmentation.compiler.surroundings import Surroundings
from segmentation.compiler.thresholds import exact_threshold
from segmentation.engines import postgres
from segmentation.models import Segment
from segmentation.queries.catalogue import full_catalogue
from segmentation.queries.surroundings import percentiles_of, surroundings
from segmentation.rules.check import warnings
from segmentation.rules.describe import phrase
from segmentation.rules.nodes import Group, Node, Rule
from segmentation.rules.nodes import Segment as SegmentNode
from segmentation.rules.walk import walk

MOST_SAMPLED = 1000


@dataclass(frozen=True)
class Preview:
    """`count` of `total` customers belong at `at`; `reach` says how many of them each channel reaches.

    `sample` holds `{"id", "user_id", "name", "last_seen_at", "why"}`, those seen last first; `why` the conditions that
    are true of them as `{"pointer", "label", "value"}`. `funnel` holds `{"pointer", "label", "count"}`: how many are
    left after each step. `warnings` are sentences.
    """

    count: int
    total: int
    at: datetime
    elapsed_ms: float
    reach: Mapping[str, int]
    sample: list[dict[str, Any]]
    funnel: list[dict[str, Any]]
    warnings: list[str]


def preview(*, rule: Rule, now: datetime, sample: int = 10, funnel: bool = True, at_past: bool = False) -> Preview:
    """Evaluate a rule over everyone. With `at_past` segments are read from the change log as of `now`."""
    began = monotonic()
    around = _ranked(rule, surroundings([rule], now=now, stored_thresholds=False, at_past=at_past))
    found = postgres.named_row(select.count(rule, around, sample=min(sample, MOST_SAMPLED)))
    left = _funnel(rule, around) if funnel else []
    people = _sample(rule, around, found.get("sample") or [])
    return Preview(
        count=found["members"],
        total=found["total"],
        at=now,
        elapsed_ms=round((monotonic() - began) * 1000, 1),
        reach={channel: found[channel] for channel in select.CHANNELS},
        sample=people,
        funnel=left,
        warnings=[warning.message for warning in warnings(rule, full_catalogue())],
    )


def reach_of(*, segment: Segment, now: datetime) -> dict[str, int]:
    """How many members of a live or paused segment each channel reaches, as the preview of a rule counts it."""
    rule = Rule(Group("all", (SegmentNode(segment=segment.slug, state="in"),)))
    found = postgres.named_row(select.count(rule, surroundings([rule], now=now, stored_thresholds=True), sample=0))
    return {channel: found[channel] for channel in select.CHANNELS}


def _ranked(rule: Rule, around: Surroundings) -> Surroundings:
    """With each threshold computed once for the count, the funnel and the sample."""
    limits = {node: postgres.rows(exact_threshold(node, around))[0][0] for node in percentiles_of([rule])}
    return replace(around, thresholds=limits)


def _funnel(rule: Rule, around: Surroundings) -> list[dict[str, Any]]:
    counts = postgres.named_row(select.funnel(rule, around))
    steps = select.steps(rule)
    return [
        {"pointer": pointer, "label": _label(pointer, node), "count": counts[f"step{index}"]}
        for index, (pointer, node) in enumerate(steps)
    ]


def _label(pointer: str, node: Node) -> str:
    return f"except where {phrase(node)}" if pointer == "/exclude" else phrase(node)


def _sample(rule: Rule, around: Surroundings, ids: list[int]) -> list[dict[str, Any]]:
    reasons = reasons_of(rule, around, ids)
    people = Customer.objects.in_bulk(ids)
    return [
        {
            "id": one.pk,
            "user_id": one.user_id,
            "name": str(one),
            "last_seen_at": one.last_seen_at,
            "why": [reason for reason in reasons.get(one.pk, []) if reason["truth"]],
        }
        for one in (people[pk] for pk in ids if pk in people)
    ]


def reasons_of(rule: Rule, around: Surroundings, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Each condition that lets customers in with its truth and value, by customer: `{"pointer", "label", "truth",
    "value"}`."""
    asked = list(_conditions(rule))
    if not ids or not asked:
        return {}
    rows = postgres.rows(select.truths([node for _, node in asked], around, ids))
    return {
        customer: [
            {"pointer": pointer, "label": phrase(node), "truth": answers[2 * index], "value": answers[2 * index + 1]}
            for index, (pointer, node) in enumerate(asked)
        ]
        for customer, *answers in rows
    }


def _conditions(rule: Rule) -> Iterator[tuple[str, Node]]:
    included = Rule(rule.include)
    return ((pointer, node) for pointer, node, _ in walk(included) if not isinstance(node, Group))
