"""Benchmarks of the engine on the base that is connected, which `load_bench` made: they publish segments on it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from benchmarks import portfolio
from benchmarks.duck import Ours, beside
from benchmarks.loaded import WrongBaseError, check_loaded
from benchmarks.measures import base, percentiles
from benchmarks.portfolio import SEGMENTS, twenty
from common import clock
from segmentation.dependencies import segments_read
from segmentation.models import EngineRun, Job, Segment, Sweep
from segmentation.models.segment import Status
from segmentation.portfolio import hold_alone
from segmentation.preview import preview as preview_rule
from segmentation.publish import publish, request_rebuild
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse
from segmentation.save import create
from segmentation.sweep import sweep as sweep_clock
from segmentation.thresholds import refresh_thresholds
from segmentation.work import run


def preview(*, tries: int) -> dict[str, Any]:
    """Milliseconds of an exact preview with its sample, for each rule over everybody; the best of `tries`. DuckDB is asked
    the same at the same instant."""
    ours = previewed(tries=tries)
    best = {name: one.milliseconds for name, one in ours.items()}
    return {
        "milliseconds": percentiles(list(best.values())),
        "rules": best,
        "counts": {name: one.members for name, one in ours.items()},
        "beside": beside(ours, tries=tries),
        "base": base(),
    }


def previewed(*, tries: int) -> dict[str, Ours]:
    """What a preview of each of the twenty rules finds, and the best of its times."""
    ours = {}
    readable()
    now = clock.now()
    for name, document in twenty().items():
        rule = parse(document, catalogue=catalogue())
        times = []
        for _ in range(tries):
            began = time.monotonic()
            found = preview_rule(rule=rule, now=now, sample=10, funnel=False)
            times.append((time.monotonic() - began) * 1000)
        ours[name] = Ours(found.count, round(min(times), 1), now)
    return ours


def fill(*, tries: int) -> dict[str, Any]:
    """Seconds of publishing the forty segments where none of them is live: everybody enters. Then of governing them, which
    decides anew about all who are in two segments that now exclude each other."""
    check_loaded()
    segments = portfolio.drawn(by=None, now=clock.now())
    if taken := [segment.slug for segment in segments if segment.status != Status.DRAFT]:
        raise WrongBaseError(f"{len(taken)} of the {len(segments)} segments are published on this base: use a new one.")
    seconds = {segment.slug: _filled(segment) for segment in segments}
    began = time.monotonic()
    portfolio.govern(by=None, now=clock.now())
    governing = round(time.monotonic() - began, 2)
    members = {segment.slug: segment.memberships.count() for segment in segments}
    return {
        "seconds": round(sum(seconds.values()), 1),
        "governing_seconds": governing,
        "memberships": sum(members.values()),
        "memberships_per_second": round(sum(members.values()) / sum(seconds.values())),
        "segments": seconds,
        "members": members,
        "base": base(),
    }


def _filled(segment: Segment) -> float:
    """Publish a segment and do the job; the seconds of both."""
    began = time.monotonic()
    _done(publish(segment=segment, by=None, now=clock.now()))
    return round(time.monotonic() - began, 2)


def _done(job: Job) -> None:
    run(job=job, now=clock.now())
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"the rebuild of {job.segment} did not end well: {job.said} {job.error}")


def rebuild(*, tries: int) -> dict[str, Any]:
    """Milliseconds of a rebuild of each of the forty live segments over everybody: the set query and what differs, which
    on a base that is in line is next to nobody. The best of `tries`. DuckDB stores its members at the same instant."""
    ours = rebuilt(tries=tries)
    best = {slug: one.milliseconds for slug, one in ours.items()}
    return {
        "seconds": round(sum(best.values()) / 1000, 2),
        "segments": best,
        "members": {slug: one.members for slug, one in ours.items()},
        "beside": beside(ours, tries=tries, keep=True),
        "base": base(),
    }


def rebuilt(*, tries: int) -> dict[str, Ours]:
    """How many are in each of the forty segments after a rebuild, and the best of its times. Those not live yet are
    published first."""
    live()
    refresh_thresholds(now=clock.now())
    return {slug: _rebuilt(Segment.objects.get(slug=slug), tries) for slug in SEGMENTS}


def _rebuilt(segment: Segment, tries: int) -> Ours:
    times = []
    for _ in range(tries):
        with transaction.atomic():
            hold_alone()
            job = request_rebuild(segment=segment, by=None, silent=False, now=clock.now())
        began = time.monotonic()
        _done(job)
        times.append((time.monotonic() - began) * 1000)
    asked = EngineRun.objects.filter(segment=segment, kind="rebuild").latest("pk")
    return Ours(segment.memberships.count(), round(min(times), 1), asked.at)


def live() -> None:
    """Publish those of the forty segments that are not live, and govern them."""
    check_loaded()
    missing = [one for one in portfolio.drawn(by=None, now=clock.now()) if one.status != Status.LIVE]
    for segment in missing:
        _filled(segment)
    if missing:
        portfolio.govern(by=None, now=clock.now())


def sweep(*, tries: int) -> dict[str, Any]:
    """Milliseconds of one sweep of the clock over all live segments, ten seconds after the last."""
    check_loaded()
    now = clock.now()
    Sweep.objects.update_or_create(id=1, defaults={"until": now})
    times, marks = [], 0
    for number in range(1, tries + 1):
        began = time.monotonic()
        marks += sweep_clock(now=now + timedelta(seconds=10 * number)).marks
        times.append((time.monotonic() - began) * 1000)
    return {"milliseconds": percentiles(times), "marks": marks, "base": base()}


def readable() -> None:
    """The segments that the twentieth rule reads, where the base has none of that name."""
    check_loaded()
    somebody = User.objects.order_by("pk").first()
    known = {Status.LIVE, Status.PAUSED}
    parsed = [parse(document, catalogue=catalogue()) for document in twenty().values()]
    for slug in sorted({slug for rule in parsed for _, slug in segments_read(rule)}):
        if Segment.objects.filter(slug=slug, status__in=known).exists():
            continue
        segment = create(name=slug, slug=slug, rule=SEGMENTS[slug], by=somebody, now=clock.now())
        run(job=publish(segment=segment, by=somebody, now=clock.now()), now=clock.now())
