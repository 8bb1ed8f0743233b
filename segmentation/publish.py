"""Publish a segment: freeze its rule as a version, switch to it at one instant, leave the rebuild to a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from customers import audit
from segmentation.causes import Cause
from segmentation.compiler.select import members
from segmentation.dependencies import check_reads, store_dependencies
from segmentation.engines.postgres import explain_plan
from segmentation.errors import SegmentError
from segmentation.jobs import enqueue, supersede
from segmentation.matches import BROKEN
from segmentation.models import Job, PublishRequest, Segment, SegmentVersion, Sweep
from segmentation.models.segment import Status
from segmentation.permissions import require
from segmentation.portfolio import hold_alone
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.regovern import regovern_holders
from segmentation.rules.describe import sentence
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from segmentation.rules.write import rule_hash
from segmentation.thresholds import refresh_for
from segmentation.withdraw import withdraw_waiting

Actor = User | None


@transaction.atomic
def publish(
    *,
    segment: Segment,
    by: Actor,
    note: str = "",
    silent: bool = False,
    request: PublishRequest | None = None,
    now: datetime,
) -> Job:
    """Make the segment's draft its live rule, and return the job that brings its membership in line.

    Publishing the rule that is live already changes nothing and returns the last rebuild. `silent` changes start no
    journey. `request` is what `by` approves: without one, a rule that takes four eyes is refused. Raises RuleError with
    every fault of the rule, SegmentError (`cycle` names the path), or ForbiddenError (`four_eyes`).
    """
    asked = Segment.objects.get(pk=segment.pk)
    rule = readied(asked, now=now)
    hold_alone()
    return put_live(asked=asked, rule=rule, by=by, note=note, silent=silent, request=request, now=now)


def readied(segment: Segment, *, now: datetime) -> Rule:
    """The draft as a rule that can go live, with its thresholds: what takes time, and what has to come before the lock
    that keeps everybody waiting (who locks a threshold after it waits for somebody who waits for the lock)."""
    rule = checked(segment, now=now)
    refresh_for(rules=[rule], now=now)
    return rule


def put_live(
    *, asked: Segment, rule: Rule, by: Actor, note: str, silent: bool, request: PublishRequest | None, now: datetime
) -> Job:
    """The rest of a publish. The caller holds the portfolio alone, and has readied the rule of the draft as `asked` has it."""
    segment = Segment.objects.select_for_update().get(pk=asked.pk)
    if segment.rule != asked.rule or (segment.status == Status.ARCHIVED) != (asked.status == Status.ARCHIVED):
        raise SegmentError("stale", "The draft changed while it was being published. Look at it and publish again.")
    check_reads(slug=segment.slug, rule=rule)
    last = Job.objects.filter(segment=segment, kind="rebuild").order_by("-created_at", "-pk").first()
    if last and _is_live_already(segment, rule):
        return last
    _let(segment, rule, request, by)
    before = {"version": segment.live_version.number if segment.live_version else None, "status": segment.status}
    version = _freeze(segment, rule, by=by, note=note, silent=silent, now=now)
    switch(segment=segment, version=version, rule=rule, now=now)
    _begin_anew(segment, request, by, now)
    after = {"version": version.number, "status": segment.status}
    audit.note(actor=by, action="publish", object=segment, before=before, after=after, note=note, now=now)
    return request_rebuild(segment=segment, by=by, silent=silent, now=now, more={"replaces": before["version"]})


def _let(segment: Segment, rule: Rule, request: PublishRequest | None, by: Actor) -> None:
    """Raise ForbiddenError where the rule takes an approval that this is not."""
    if request is None:
        require(to="publish", object=segment, by=by)
        return
    require(to="approve", object=request, by=by)
    if request.rule_hash != rule_hash(rule):
        raise SegmentError("stale", "The draft is not the rule that was asked for. Look at it once more.")


def _begin_anew(segment: Segment, request: PublishRequest | None, by: Actor, now: datetime) -> None:
    """Nobody has written at the draft since; what waited for an approval has been overtaken, unless this is it."""
    segment.draft_authors = []
    segment.save(update_fields=["draft_authors"])
    if request is None:
        withdraw_waiting(segment=segment, by=by, reason="It was published without an approval.", now=now)


def checked(segment: Segment, *, now: datetime) -> Rule:
    """The draft as a rule that can go live: parsed, its references there, no cycle, and PostgreSQL takes it."""
    if segment.kind == Segment.Kind.STATIC:
        raise SegmentError("static_segment", "A static segment has no rule to publish; add members to it.")
    if segment.status == Status.ARCHIVED:
        raise SegmentError("archived", "The segment is archived. Copy it into a new one to publish its rule again.")
    if segment.rule is None:
        raise SegmentError("no_rule", "The segment has no rule yet. Add a condition first.")
    rule = parse(segment.rule, catalogue=catalogue())
    check_reads(slug=segment.slug, rule=rule)
    try:
        with transaction.atomic():
            explain_plan(members(rule, surroundings([rule], now=now, stored_thresholds=False)))
    except RuleError:
        raise
    except BROKEN as error:
        raise SegmentError("uncompilable", f"The rule cannot be evaluated: {error}") from error
    return rule


def _is_live_already(segment: Segment, rule: Rule) -> bool:
    version = segment.live_version
    healthy = segment.status == Status.LIVE and not segment.error
    return healthy and version is not None and version.rule_hash == rule_hash(rule)


def _freeze(segment: Segment, rule: Rule, *, by: Actor, note: str, silent: bool, now: datetime) -> SegmentVersion:
    last = segment.versions.aggregate(last=Max("number"))["last"] or 0
    return SegmentVersion.objects.create(
        segment=segment,
        number=last + 1,
        rule=segment.rule,
        rule_hash=rule_hash(rule),
        sentence=sentence(rule),
        note=note,
        silent=silent,
        published_by=by,
        published_at=now,
    )


def switch(*, segment: Segment, version: SegmentVersion, rule: Rule, now: datetime) -> None:
    """Let a version count from now on. The caller holds the portfolio alone and has stored the rule's thresholds."""
    was_live = segment.status == Status.LIVE
    segment.live_version = version
    segment.rule = version.rule
    segment.status = Status.LIVE
    segment.error = ""
    segment.updated_at = now
    if segment.rank is None:
        segment.rank = next_rank()
    segment.save(update_fields=["live_version", "rule", "status", "error", "updated_at", "rank"])
    store_dependencies(segment=segment, rule=rule)
    Sweep.objects.get_or_create(pk=1, defaults={"until": now})
    if not was_live:
        cause = Cause("governance", id=segment.slug, detail=f"{segment.name} is live", at=now)
        regovern_holders(segment=segment, cause=cause, now=now)


def next_rank() -> int:
    """The place below all others in the portfolio."""
    return (Segment.objects.aggregate(last=Max("rank"))["last"] or 0) + 1


def request_rebuild(
    *, segment: Segment, by: Actor, silent: bool, now: datetime, more: dict[str, Any] | None = None
) -> Job:
    """Leave the work of bringing the whole base in line with the live version; earlier rebuilds end where they are."""
    supersede(segment=segment, kind="rebuild")
    number = segment.live_version.number if segment.live_version else 0
    parameters = {"version": number, "silent": silent, **(more or {})}
    return enqueue(kind="rebuild", segment=segment, parameters=parameters, by=by, now=now)
