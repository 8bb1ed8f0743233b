"""Decide a review: keep a segment, change it, merge it, split it or retire it, with the reason and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from segmentation.errors import SegmentError
from segmentation.lifecycle import archive
from segmentation.merge_segments import merge_segments
from segmentation.models import Review, Segment
from segmentation.portfolio import hold_alone
from segmentation.queries.reviews import REVIEWED, USUAL, last_review
from segmentation.split import split

Actor = User | None
Decision = Review.Decision


@dataclass(frozen=True)
class Decided:
    """What somebody decides. A merge names `merged_with`, a split the `condition` (a node) that divides the segment."""

    decision: str
    reason: str
    next_review_on: date | None = None
    merged_with: Sequence[Segment] = ()
    condition: Mapping[str, Any] | None = None


@transaction.atomic
def review(
    *,
    segment: Segment,
    decided: Decided,
    known: int | None = None,
    evidence: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> Review:
    """Keep a decision about a live or paused segment, do what it says, and set the next review date (in 90 days, usually).

    `known` is the id of the last review that whoever decides knew of (0 for none): where somebody decided meanwhile this
    raises SegmentError (`decided_meanwhile`) with who and what; the same decision sent twice is kept once. Raises
    SegmentError (`missing`, `invalid`, `not_live`, and what the verbs behind a decision refuse), and RuleError for a
    condition that is none.
    """
    _check(decided, now)
    if decided.decision == Decision.RETIRE:
        hold_alone()
    segment = Segment.objects.select_for_update(of=("self",)).get(pk=segment.pk)
    last = last_review(segment)
    if known is not None and known != (last.pk if last else 0):
        return _again_or_refused(last, decided, by)
    if segment.status not in REVIEWED:
        message = f"Only a live or paused segment is reviewed; this one is {segment.get_status_display().lower()}."
        raise SegmentError("not_live", message)
    before, made = segment.review_on, _done(segment, decided, by, now)
    kept = _kept(segment, decided, evidence or {}, by, now)
    kept.follow_ups.set(made)
    Segment.objects.filter(pk=segment.pk).update(review_on=kept.next_review_on, updated_at=now)
    _note(kept, before, made, by, now)
    return kept


def _check(decided: Decided, now: datetime) -> None:
    if decided.decision not in Decision.values:
        raise SegmentError("invalid", f"Decide one of {', '.join(Decision.values)}.", pointer="/decision")
    if not decided.reason.strip():
        message = "Say why: the next review begins with the reasons of this one."
        raise SegmentError("missing", message, pointer="/reason")
    if decided.next_review_on is not None and decided.next_review_on <= now.date():
        raise SegmentError("invalid", "The next review has to be on a day to come.", pointer="/next_review_on")
    if decided.decision == Decision.MERGE and not decided.merged_with:
        raise SegmentError("missing", "Name the segment to merge it with.", pointer="/with")
    if decided.decision == Decision.SPLIT and decided.condition is None:
        raise SegmentError("missing", "Name the condition that divides it.", pointer="/condition")


def _again_or_refused(last: Review | None, decided: Decided, by: Actor) -> Review:
    """The review that was decided meanwhile, where it is this very one."""
    if last is None:
        raise SegmentError("invalid", "There is no such review of this segment.", pointer="/known")
    if (last.decision, last.reason, last.by_id) == (decided.decision, decided.reason.strip(), by.pk if by else None):
        return last
    who = (last.by.get_full_name() or last.by.get_username()) if last.by else "Somebody"
    raise SegmentError(
        "decided_meanwhile",
        f"{who} decided meanwhile: {last.get_decision_display().lower()}, “{last.reason}”. Look at it before you decide again.",
    )


def _done(segment: Segment, decided: Decided, by: Actor, now: datetime) -> Sequence[Segment]:
    """Do what the decision says; the drafts that it made."""
    if decided.decision == Decision.MERGE:
        return [merge_segments(segments=[segment, *decided.merged_with], by=by, now=now)]
    if decided.decision == Decision.SPLIT and decided.condition is not None:
        return split(segment=segment, condition=decided.condition, by=by, now=now)
    if decided.decision == Decision.RETIRE:
        archive(segment=segment, by=by, note=decided.reason.strip(), now=now)
    return ()


def _kept(segment: Segment, decided: Decided, evidence: Mapping[str, Any], by: Actor, now: datetime) -> Review:
    usual = None if decided.decision == Decision.RETIRE else (now + USUAL).date()
    return Review.objects.create(
        segment=segment,
        decision=decided.decision,
        reason=decided.reason.strip(),
        by=by,
        at=now,
        next_review_on=usual and (decided.next_review_on or usual),
        evidence=dict(evidence),
    )


def _note(kept: Review, before: date | None, made: Sequence[Segment], by: Actor, now: datetime) -> None:
    after: dict[str, Any] = {"decision": kept.decision, "review_on": _day(kept.next_review_on)}
    if made:
        after["follow_ups"] = [one.slug for one in made]
    was = {"review_on": _day(before)}
    audit.note(actor=by, action="review", object=kept.segment, before=was, after=after, note=kept.reason, now=now)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
