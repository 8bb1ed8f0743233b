"""The evidence of a review: what somebody has to see before they keep, change, merge, split or retire a segment.

It comes in parts, since some take a second on a large base. Each part is plain numbers and words: the page draws it, the
REST API answers with it, and the review keeps what was seen of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from campaigns.queries.in_its_name import sent_in_the_name_of
from segmentation.findings.told import open_findings
from segmentation.models import Segment
from segmentation.queries.kpis import Measured, kpi_named, kpi_of, kpi_then
from segmentation.queries.listing import Size, sizes_of
from segmentation.queries.neighbours import neighbours_of
from segmentation.queries.reviews import last_review, period_of
from segmentation.queries.stability import stability

# The KPI at the beginning of the period, now, and at so many instants between them.
STEPS = 3
NEIGHBOURS = 6

Part = dict[str, Any]


def evidence_of(segment: Segment, *, now: datetime) -> dict[str, Any]:
    """All parts, since the last review or for 90 days, with the size."""
    since = period_of(last_review(segment), now=now)
    parts = {name: part(segment, since, now) for name, part in PARTS.items()}
    return {"since": since, "as_of": now, "size": size_of(segment), **parts}


def as_stored(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON holds it."""
    kept: dict[str, Any] = json.loads(json.dumps(found, cls=DjangoJSONEncoder))
    return kept


def size_of(segment: Segment) -> Part:
    """How many are in it, by state."""
    return asdict(sizes_of([segment.pk]).get(segment.pk, Size()))


def kpi_now(segment: Segment, now: datetime) -> Part:
    """The KPI at this moment against its target; without a `name` where the card names none that can be computed."""
    return _against_target(segment, kpi_of(segment, now=now))


def _against_target(segment: Segment, found: Measured | None) -> Part:
    target = segment.kpi_target
    if found is None:
        return {"name": "", "wanted": segment.kpi, "target": target, "value": None, "met": None}
    kpi, value, met = found.kpi, found.value, None
    if value is not None and target is not None:
        met = value <= target if kpi.less_is_better else value >= target
    return {"name": kpi.name, "how": kpi.how, "share": kpi.share, "target": target, "value": value, "met": met}


def kpi_part(segment: Segment, since: datetime, now: datetime) -> Part:
    """The same over the period: at its beginning, now, and between."""
    if kpi_named(segment.kpi) is None:
        return {**_against_target(segment, None), "series": []}
    steps = [since + (now - since) * step / STEPS for step in range(STEPS)]
    last = kpi_of(segment, now=now)
    series = [(at, kpi_then(segment, at=at)) for at in steps] + [(now, last)]
    return {**_against_target(segment, last), "series": [_point(at, found) for at, found in series if found]}


def _point(at: datetime, found: Measured) -> Part:
    return {"at": at, "value": found.value, "over": found.over}


def movement_part(segment: Segment, since: datetime, now: datetime) -> Part:
    """Entries, exits, turnover, stays, and who bounces."""
    found = stability(segment=segment, since=since, until=now)
    return {
        "entered": sum(day.entered for day in found.days),
        "exited": sum(day.exited for day in found.days),
        "turnover": found.turnover,
        "median_stay_seconds": found.median_stay_seconds,
        "p90_stay_seconds": found.p90_stay_seconds,
        "half_life_days": found.half_life_days,
        "retained_30_days": found.month.share,
        "bouncers": found.bouncers,
    }


def overlaps_part(segment: Segment, since: datetime, now: datetime) -> Part:
    """The segments it shares most customers with, as of now."""
    found = neighbours_of(segment)
    shown = [
        {
            "slug": one.segment.slug,
            "name": one.segment.name,
            "both": one.both,
            "share": one.share,
            "share_of_it": one.share_of_it,
        }
        for one in found[:NEIGHBOURS]
    ]
    return {"segments": shown, "others": len(found) - len(shown)}


def said_part(segment: Segment, since: datetime, now: datetime) -> Part:
    """What was sent in its name and what came of it."""
    found = sent_in_the_name_of(segment, since=since, until=now)
    return {**asdict(found), "withheld": sum(found.withheld.values()), "reasons": dict(found.withheld)}


def findings_part(segment: Segment, since: datetime, now: datetime) -> Part:
    """What is wrong or missing with it now, but for what was dismissed: the gravest first."""
    shown = [
        {
            "code": one.kind.code,
            "severity": one.kind.severity,
            "says": one.found.says,
            "label": one.found.fix.label,
            "address": one.found.fix.address,
            "edits": one.found.fix.edits,
        }
        for one in open_findings(now=now, only=[segment.pk])
    ]
    return {"findings": shown}


def findings_of(segments: Collection[int], *, now: datetime) -> Mapping[int, int]:
    """How many findings each segment has, by id; one about two counts for either."""
    found: Counter[int] = Counter()
    for one in open_findings(now=now, only=segments):
        found.update({about.pk for about in one.found.about})
    return found


PARTS: Mapping[str, Callable[[Segment, datetime, datetime], Part]] = {
    "kpi": kpi_part,
    "movement": movement_part,
    "said": said_part,
    "findings": findings_part,
    "overlaps": overlaps_part,
}
