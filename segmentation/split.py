"""Split a segment: two drafts, of those of whom a condition holds and of the others. It stays as it is until somebody
publishes them and ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from segmentation.drafts import counting_rule
from segmentation.errors import SegmentError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.catalogue import catalogue
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.describe import phrase
from segmentation.rules.division import divided
from segmentation.rules.faults import Fault, RuleError
from segmentation.rules.nodes import Node, Rule
from segmentation.rules.parse import parse
from segmentation.rules.write import node_document, to_document
from segmentation.save import card_of, create, short_name

Actor = User | None
STAYS = ("min_stay", "exit_grace", "re_entry_pause")


@transaction.atomic
def split(
    *, segment: Segment, condition: Mapping[str, Any], names: Sequence[str] | None = None, by: Actor, now: datetime
) -> tuple[Segment, Segment]:
    """Two drafts that divide the segment: every customer who belongs to its rule belongs to exactly one of theirs.

    `condition` is a node of the rule language. Both get the card and the stays of the segment. The same split asked for
    again answers with the drafts that are there. Raises RuleError for a condition that is none, and SegmentError
    (`static_segment`, `archived`, `no_rule`, `too_large`, `invalid`).
    """
    segment = Segment.objects.select_for_update(of=("self",)).get(pk=segment.pk)
    node = condition_of(condition)
    rules = [to_document(rule) for rule in halves(segment, node)]
    if (there := _there_already(segment, rules)) is not None:
        return there
    titles = _titles(segment, node, names)
    first, second = (_draft(segment, *each, by=by, now=now) for each in zip(titles, rules, strict=True))
    audit.note(
        actor=by,
        action="split segment",
        object=segment,
        before=None,
        after={"split_into": [first.slug, second.slug], "condition": node_document(node)},
        now=now,
    )
    return first, second


def condition_of(document: Mapping[str, Any]) -> Node:
    """The condition that a document writes down. Raises RuleError, its pointers from the condition on."""
    rule = {"version": 1, "include": {"op": "all", "conditions": [dict(document)]}}
    try:
        return parse(rule, catalogue=catalogue()).include.conditions[0]
    except RuleError as error:
        before = len("/include/conditions/0")
        faults = (Fault(fault.pointer[before:], fault.message, fault.code) for fault in error.faults)
        raise RuleError(tuple(faults)) from error


def halves(segment: Segment, condition: Node) -> tuple[Rule, Rule]:
    """The rules of both sides. What counts of the segment is its live rule; of a draft, the draft."""
    if segment.kind == Segment.Kind.STATIC:
        raise SegmentError("static_segment", "A static segment has no rule to split. Put its members on two lists.")
    if segment.status == Status.ARCHIVED:
        raise SegmentError("archived", "An archived segment is kept as it was. Copy it to go on.")
    document = counting_rule(segment)
    if document is None:
        raise SegmentError("no_rule", "The segment has no rule yet. Draw it first.")
    both = divided(parse(document, catalogue=Catalogue()), condition)
    try:
        for rule in both:
            parse(to_document(rule), catalogue=Catalogue())
    except RuleError as error:
        message = f"With the condition the rule is too large: {error.faults[0].message}"
        raise SegmentError("too_large", message, pointer="/condition") from error
    return both


def _there_already(segment: Segment, rules: Sequence[Mapping[str, Any]]) -> tuple[Segment, Segment] | None:
    """The drafts that the same split left before, where both are untouched."""
    drafts = list(segment.made_into.filter(status=Status.DRAFT).order_by("pk"))
    found = [next((one for one in drafts if one.rule == rule), None) for rule in rules]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _titles(segment: Segment, condition: Node, names: Sequence[str] | None) -> Sequence[str]:
    if names is None:
        return [short_name(f"{segment.name}: {phrase(condition)}"), short_name(f"{segment.name}: others")]
    if len(names) != 2 or not all(isinstance(name, str) and name.strip() for name in names):
        raise SegmentError("invalid", "Give both segments a name.", pointer="/names")
    return [short_name(name.strip()) for name in names]


def _draft(segment: Segment, name: str, rule: Mapping[str, Any], *, by: Actor, now: datetime) -> Segment:
    made = create(name=name, rule=rule, card=card_of(segment), by=by, now=now)
    for stay in STAYS:
        setattr(made, stay, getattr(segment, stay))
    made.save(update_fields=list(STAYS))
    made.made_from.set([segment])
    return made
