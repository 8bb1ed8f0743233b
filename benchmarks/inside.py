"""Benchmarks of the engine on the base that is connected: `load_bench` makes one."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from benchmarks.duck import Ours, beside
from benchmarks.measures import base, percentiles
from benchmarks.portfolio import SEGMENTS, twenty
from common import clock
from segmentation.dependencies import segments_read
from segmentation.models import Segment, Sweep
from segmentation.models.segment import Status
from segmentation.preview import preview as preview_rule
from segmentation.publish import publish
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse
from segmentation.save import create
from segmentation.sweep import sweep as sweep_clock
from segmentation.work import run


def preview(*, tries: int) -> dict[str, Any]:
    """Milliseconds of an exact preview with its sample, for each rule over everybody; the best of `tries`. DuckDB is asked
    the same at the same instant."""
    ours = {}
    _readable()
    now = clock.now()
    for name, document in twenty().items():
        rule = parse(document, catalogue=catalogue())
        times = []
        for _ in range(tries):
            began = time.monotonic()
            found = preview_rule(rule=rule, now=now, sample=10, funnel=False)
            times.append((time.monotonic() - began) * 1000)
        ours[name] = Ours(found.count, round(min(times), 1), now)
    best = {name: one.milliseconds for name, one in ours.items()}
    return {
        "milliseconds": percentiles(list(best.values())),
        "rules": best,
        "counts": {name: one.members for name, one in ours.items()},
        "beside": beside(ours, tries=tries),
        "base": base(),
    }


def rebuild(*, tries: int) -> dict[str, Any]:
    """Seconds of publishing each rule as a live segment and bringing its membership in line, one after the other."""
    seconds, members = {}, {}
    _readable()
    for name, document in twenty().items():
        slug = f"bench-{name}"
        segment = Segment.objects.filter(slug=slug).first()
        if segment is None:
            segment = create(name=name, slug=slug, rule=document, by=None, now=clock.now())
        began = time.monotonic()
        run(job=publish(segment=segment, by=None, now=clock.now()), now=clock.now())
        seconds[name] = round(time.monotonic() - began, 2)
        members[name] = segment.memberships.count()
    return {"seconds": round(sum(seconds.values()), 1), "segments": seconds, "members": members, "base": base()}


def sweep(*, tries: int) -> dict[str, Any]:
    """Milliseconds of one sweep of the clock over all live segments, ten seconds after the last."""
    now = clock.now()
    Sweep.objects.update_or_create(id=1, defaults={"until": now})
    times, marks = [], 0
    for number in range(1, tries + 1):
        began = time.monotonic()
        marks += sweep_clock(now=now + timedelta(seconds=10 * number)).marks
        times.append((time.monotonic() - began) * 1000)
    return {"milliseconds": percentiles(times), "marks": marks, "base": base()}


def _readable() -> None:
    """The segments that the twentieth rule reads, where the base has none of that name."""
    somebody = User.objects.order_by("pk").first()
    known = {Status.LIVE, Status.PAUSED}
    parsed = [parse(document, catalogue=catalogue()) for document in twenty().values()]
    for slug in sorted({slug for rule in parsed for _, slug in segments_read(rule)}):
        if Segment.objects.filter(slug=slug, status__in=known).exists():
            continue
        segment = create(name=slug, slug=slug, rule=SEGMENTS[slug], by=somebody, now=clock.now())
        run(job=publish(segment=segment, by=somebody, now=clock.now()), now=clock.now())
