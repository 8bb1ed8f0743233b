"""Why a customer is in a rule or not: each condition's truth with its evidence, what is missing, and what turns next.

The truths come from the statement that the live path runs; nothing here decides anything by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from segmentation.compiler import select
from segmentation.compiler.evidence import evidence
from segmentation.compiler.flips import edges_ahead, has_edges, midnights
from segmentation.compiler.moments import truths_at
from segmentation.compiler.surroundings import Surroundings
from segmentation.compiler.thresholds import threshold
from segmentation.engines import postgres
from segmentation.queries.surroundings import percentiles_of, surroundings
from segmentation.rules.describe import phrase, sentence
from segmentation.rules.missing import missing
from segmentation.rules.nodes import Group, Node, Rule
from segmentation.rules.walk import walk
from segmentation.rules.write import node_document

# So many instants are asked of one statement; most conditions turn at one of their first edges.
AT_ONCE = 60


@dataclass
class Seen:
    """What one statement says of a condition."""

    truth: bool
    value: Any = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    flips_at: datetime | None = None


def explain(
    *, rule: Rule, customer_id: int, now: datetime, stored_thresholds: bool = False, at_past: bool = False
) -> dict[str, Any]:
    """The rule's tree for one customer at `now`, as the contract has it; instants are `datetime`.

    `stored_thresholds` has percentiles compare as live segments do; `at_past` reads other segments from the change log
    as of `now`. Raises LookupError for an unknown customer.
    """
    around = _settled(rule, surroundings([rule], now=now, stored_thresholds=stored_thresholds, at_past=at_past))
    placed = {pointer: node for pointer, node, _ in walk(rule)}
    nodes = list(placed.values())
    rows = postgres.rows(select.truths(nodes, around, [customer_id]))
    if not rows:
        raise LookupError(f"There is no customer {customer_id}.")
    _, *answers = rows[0]
    seen = [Seen(truth, value) for truth, value in zip(answers[::2], answers[1::2])]
    _prove(nodes, seen, around, customer_id)
    found = dict(zip(placed, seen))
    flips_at = _turn(rule, placed, found, around, customer_id)
    return {
        "member": _belongs(rule, {pointer: one.truth for pointer, one in found.items()}),
        "at": now,
        "sentence": sentence(rule),
        "flips_at": flips_at,
        "tree": _root(rule, found, now, flips_at),
    }


def _settled(rule: Rule, around: Surroundings) -> Surroundings:
    """With every threshold computed once: one customer's answer must not rank everybody at every edge."""
    stored = around.thresholds or {}
    fresh = replace(around, thresholds=None)
    missing_ones = percentiles_of([rule]) - set(stored)
    computed = {one: postgres.rows(threshold(one, fresh))[0][0] for one in missing_ones}
    return replace(around, thresholds={**stored, **computed})


def _belongs(rule: Rule, truths: Mapping[str, bool]) -> bool:
    return truths["/include"] and not truths.get("/exclude", False)


def _prove(nodes: Sequence[Node], seen: Sequence[Seen], around: Surroundings, customer: int) -> None:
    """Adds the events behind each condition, newest first."""
    rows = postgres.rows(evidence(nodes, around, customer))
    for place, event, at, properties in sorted(rows, key=lambda row: row[2], reverse=True):
        # Django's cursor hands JSON over as its text.
        held = json.loads(properties) if isinstance(properties, str) else properties
        seen[place].evidence.append({"event": event, "at": at, "properties": held})


def _turn(
    rule: Rule, placed: Mapping[str, Node], seen: Mapping[str, Seen], around: Surroundings, customer: int
) -> datetime | None:
    """Adds to each condition when the clock alone turns it next; returns when it turns the whole rule."""
    belongs = _belongs(rule, {pointer: one.truth for pointer, one in seen.items()})
    turns: datetime | None = None
    for at, truths in _ahead(placed, around, customer):
        for pointer, truth in truths.items():
            if truth != seen[pointer].truth and seen[pointer].flips_at is None:
                seen[pointer].flips_at = at
        if turns is None and _belongs(rule, truths) != belongs:
            turns = at
        if turns is not None and all(one.flips_at for one in seen.values()):
            break
    return turns


def _ahead(
    placed: Mapping[str, Node], around: Surroundings, customer: int
) -> Iterator[tuple[datetime, dict[str, bool]]]:
    """The truths at each edge that lies ahead, in order of time."""
    nodes = list(placed.values())
    if not has_edges(nodes):
        return
    edges = {row[0] for row in postgres.rows(edges_ahead(nodes, around, customer))}
    instants = sorted(edges.union(midnights(nodes, around.now)))
    for first in range(0, len(instants), AT_ONCE):
        asked = truths_at(nodes, around, customer, instants[first : first + AT_ONCE])
        for at, _, *answers in postgres.rows(asked):
            yield at, dict(zip(placed, answers[::2]))


def _root(rule: Rule, seen: Mapping[str, Seen], now: datetime, flips_at: datetime | None) -> dict[str, Any]:
    """The tree of `include`; with an `exclude` both, joined as the rule joins them."""
    included = _tree("/include", rule.include, seen, now)
    if rule.exclude is None:
        return included
    excluded = _tree("/exclude", rule.exclude, seen, now)
    kept_out = _joined("none", [excluded], not excluded["truth"], seen["/exclude"].flips_at)
    truth = included["truth"] and not excluded["truth"]
    return _joined("all", [included, kept_out], truth, flips_at)


def _joined(op: str, children: list[dict[str, Any]], truth: bool, flips_at: datetime | None) -> dict[str, Any]:
    document = {"op": op, "conditions": [child["node"] for child in children]}
    return {
        "pointer": "",
        "node": document,
        "phrase": "",
        "truth": truth,
        "evidence": [],
        "value": None,
        "missing": "",
        "flips_at": flips_at,
        "children": children,
    }


def _tree(pointer: str, node: Node, seen: Mapping[str, Seen], now: datetime) -> dict[str, Any]:
    one = seen[pointer]
    children = node.conditions if isinstance(node, Group) else ()
    lacks = "" if one.truth else missing(node, one.value, [proof["at"] for proof in one.evidence], now)
    return {
        "pointer": pointer,
        "node": node_document(node),
        "phrase": phrase(node),
        "truth": one.truth,
        "evidence": one.evidence,
        "value": one.value,
        "missing": lacks,
        "flips_at": one.flips_at,
        "children": [_tree(f"{pointer}/conditions/{i}", child, seen, now) for i, child in enumerate(children)],
    }
