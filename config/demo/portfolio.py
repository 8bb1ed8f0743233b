"""Draws, publishes and governs the demo's segments, then lets the engine live through the past 60 days; starts journeys, and
leaves behind what people left there: reviews, and a journey that waits for its approval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from campaigns import approvals, save
from campaigns.models import Journey
from config.demo.journeys import JOURNEYS, LETTERS, WAITING, WAITING_COMMENT, WAITING_NOTE, Json
from config.demo.segments import OFFERS_GROUP, REVIEWED, SEGMENTS, VIP_NEVER_GETS, Drawn
from segmentation import approvals as rules
from segmentation import governance
from segmentation.models import Job, Segment
from segmentation.permissions import needs_approval
from segmentation.publish import publish
from segmentation.replay import replay
from segmentation.review import Decided, review
from segmentation.save import create
from segmentation.work import run

PAST = timedelta(days=60)


def segments(*, marketer: User, approver: User, now: datetime) -> None:
    """The ten segments as they were published 60 days ago, with an empty log: nobody was looked at yet."""
    then = now - PAST
    for drawn in SEGMENTS:
        segment = _create(drawn, marketer, now=then)
        run(job=_first_version(segment, marketer, approver, now=then), now=then)
    for drawn in SEGMENTS:
        if drawn.full_stop:
            why = "A complaint comes before every campaign"
            governance.set_full_stop(segment=drawn.slug, blocks_all_below=True, by=marketer, reason=why, now=then)
        if drawn.settings:
            segment = Segment.objects.get(slug=drawn.slug)
            governance.set_hysteresis(segment=segment, settings=drawn.settings, by=marketer, now=then)
    governance.put_group(name="Offers", segments=OFFERS_GROUP, by=marketer, reason="One offer at a time", now=then)
    why = "Who pays the full price needs no discount"
    governance.put_exclusion(segment="vip-retention", excludes=VIP_NEVER_GETS, by=marketer, reason=why, now=then)


def _first_version(segment: Segment, marketer: User, approver: User, *, now: datetime) -> Job:
    """Publish, with the approver's word where the installation asks for it."""
    if not needs_approval(segment):
        return publish(segment=segment, by=marketer, note="First version", silent=True, now=now)
    request = rules.submit(segment=segment, by=marketer, note="First version", silent=True, now=now)
    return rules.approve(request=request, by=approver, now=now)


def _create(drawn: Drawn, marketer: User, *, now: datetime) -> Segment:
    card = {
        "goal": drawn.goal,
        "owner": marketer,
        "action": drawn.action,
        "message": drawn.message,
        "channels": list(drawn.channels),
        "incentive": drawn.incentive,
        "kpi": drawn.kpi,
        "kpi_target": drawn.kpi_target,
        "review_on": (now + PAST + timedelta(days=drawn.review_in)).date(),
        "tags": list(drawn.tags),
    }
    return create(name=drawn.name, slug=drawn.slug, rule=drawn.rule, card=card, by=marketer, now=now)


def live_through_the_past(*, now: datetime, said: Callable[[float], None]) -> int:
    """Replay the past 60 days, a day a step, through the verbs; how many changes that logged."""
    changes = replay(since=now - PAST, until=now, said=said).changes
    Job.objects.filter(kind="rebuild").update(said="Rebuilt with the demo shop")
    return changes


def reviews(*, marketer: User, now: datetime) -> None:
    """What was decided about some of the segments in the past weeks."""
    for slug, days, decision, reason in REVIEWED:
        decided = Decided(decision=decision, reason=reason)
        review(segment=Segment.objects.get(slug=slug), decided=decided, by=marketer, now=now - timedelta(days=days))


def journeys(*, marketer: User, approver: User, now: datetime) -> None:
    """Three journeys, written by the marketer, approved and started by the approver; of a fourth the approver asks something."""
    for slug, (name, subject, body) in LETTERS.items():
        written = now - timedelta(days=1)
        save.save_template(slug=slug, name=name, subject=subject, body=body, by=marketer, now=written, new=True)
    for document in JOURNEYS:
        journey = _submitted(document, marketer, note="For the demo shop", now=now)
        approvals.approve(journey=journey, by=approver, now=now, reason="Words and audience are fine")
    waiting = _submitted(WAITING, marketer, note=WAITING_NOTE, now=now - timedelta(hours=3))
    approvals.comment(journey=waiting, by=approver, text=WAITING_COMMENT, now=now - timedelta(hours=1))


def _submitted(document: Json, marketer: User, *, note: str, now: datetime) -> Journey:
    flow = {key: value for key, value in document.items() if key not in ("slug", "name")}
    journey: Journey = save.create_journey(
        slug=document["slug"], name=document["name"], document=flow, by=marketer, now=now
    )
    approvals.submit(journey=journey, by=marketer, now=now, note=note)
    return journey
