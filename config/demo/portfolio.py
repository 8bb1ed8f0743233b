"""Draws, publishes and governs the demo's segments, then lets the engine live through the past 60 days; starts journeys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from campaigns import approvals, save
from campaigns.models import Journey
from config.demo.journeys import JOURNEYS, LETTERS
from config.demo.segments import OFFERS_GROUP, SEGMENTS, VIP_NEVER_GETS, Drawn
from segmentation import approvals as rules
from segmentation import governance
from segmentation.models import Job, Segment
from segmentation.permissions import needs_approval
from segmentation.publish import publish
from segmentation.replay import replay
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
            governance.set_full_stop(segment=drawn.slug, blocks_all_below=True, by=marketer, now=then)
        if drawn.settings:
            segment = Segment.objects.get(slug=drawn.slug)
            governance.set_hysteresis(segment=segment, settings=drawn.settings, by=marketer, now=then)
    governance.put_group(name="Offers", segments=OFFERS_GROUP, by=marketer, now=then)
    governance.put_exclusion(segment="vip-retention", excludes=VIP_NEVER_GETS, by=marketer, now=then)


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


def journeys(*, marketer: User, approver: User, now: datetime) -> None:
    """The three journeys, written by the marketer, approved and started by the approver."""
    for slug, (name, subject, body) in LETTERS.items():
        save.save_template(slug=slug, name=name, subject=subject, body=body, by=marketer, now=now, new=True)
    for document in JOURNEYS:
        flow = {key: value for key, value in document.items() if key not in ("slug", "name")}
        journey: Journey = save.create_journey(
            slug=document["slug"], name=document["name"], document=flow, by=marketer, now=now
        )
        approvals.submit(journey=journey, by=marketer, now=now, note="For the demo shop")
        approvals.approve(journey=journey, by=approver, now=now, reason="Words and audience are fine")
