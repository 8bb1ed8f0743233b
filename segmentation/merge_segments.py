"""Merge segments: a draft whose rule is any of theirs. They stay as they are until somebody publishes it and ends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from segmentation.drafts import counting_rule
from segmentation.errors import SegmentError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.catalogue import catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from segmentation.rules.union import any_of
from segmentation.rules.wording import listed
from segmentation.rules.write import to_document
from segmentation.save import card_of, create, short_name

Actor = User | None


@transaction.atomic
def merge_segments(*, segments: Sequence[Segment], name: str = "", by: Actor, now: datetime) -> Segment:
    """A new draft that holds whoever is in any of the segments, with the card of the one that ranks highest.

    What counts of each is its live rule; of a draft, the draft. Raises SegmentError (`too_few`, `repeated`,
    `static_segment`, `archived`, `no_rule`, `too_large`), and changes nothing for the segments themselves.
    """
    ranked = _ranked(segments)
    document = to_document(union_of(segments))
    merged = create(name=name.strip() or merged_name(segments), rule=document, card=card_of(ranked[0]), by=by, now=now)
    merged.made_from.set(ranked)
    audit.note(
        actor=by,
        action="merge segments",
        object=merged,
        before=None,
        after={"merged_from": [segment.slug for segment in ranked]},
        now=now,
    )
    return merged


def union_of(segments: Sequence[Segment]) -> Rule:
    """The rule that holds whoever is in any of the segments, or the refusal that `merge_segments` raises."""
    if len(segments) < 2:
        raise SegmentError("too_few", "Name two segments or more to merge.", pointer="/with")
    if len({segment.pk for segment in segments}) < len(segments):
        raise SegmentError(
            "repeated", "A segment cannot be merged with itself. Name each of them once.", pointer="/with"
        )
    rule = any_of([_rule(segment) for segment in _ranked(segments)])
    try:
        return parse(to_document(rule), catalogue=catalogue())
    except RuleError as error:
        message = f"Together the rules are too large for one: {error.faults[0].message}"
        raise SegmentError("too_large", message, pointer="/with") from error


def merged_name(segments: Sequence[Segment]) -> str:
    """“A or B”, “A, B or C”, the highest rank first, not longer than a name may be."""
    names = [segment.name for segment in _ranked(segments)]
    return short_name(listed(names, "or"))


def _ranked(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda segment: (segment.rank is None, segment.rank or 0))


def _rule(segment: Segment) -> Rule:
    """The rule that counts of a segment that is to be merged."""
    if segment.kind == Segment.Kind.STATIC:
        message = (
            f"“{segment.name}” is a list without a rule, so there is nothing to merge. Add its members to another list."
        )
        raise SegmentError("static_segment", message, pointer="/with")
    if segment.status == Status.ARCHIVED:
        raise SegmentError(
            "archived", f"“{segment.name}” is archived. Merge segments that are in use.", pointer="/with"
        )
    document = counting_rule(segment)
    if document is None:
        raise SegmentError("no_rule", f"“{segment.name}” has no rule yet. Draw it first.", pointer="/with")
    return parse(document, catalogue=catalogue())
