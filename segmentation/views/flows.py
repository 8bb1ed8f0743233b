"""The reports on customers between segments: who moved from one to another, and who is in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date

from common import clock
from common.htmx import render
from customers.roles import allowed
from segmentation.models import ExclusionGroup, Segment
from segmentation.models.segment import Status
from segmentation.queries.coverage import ENOUGH, coverage
from segmentation.queries.migration import Migration, migration

MONTH, DAY = timedelta(days=30), timedelta(days=1)
UTC = ZoneInfo("UTC")
# Between two places of a column, as a share of its height: what the chart itself keeps free.
GAP = 0.065


@allowed()
def migration_page(request: HttpRequest) -> HttpResponse:
    """How customers moved between the segments of a family: a flow, a matrix, the share that moved up."""
    now = clock.now()
    choices = list(
        Segment.objects.filter(status__in=(Status.LIVE, Status.PAUSED)).order_by("rank", "name").defer("rule")
    )
    asked = set(request.GET.getlist("segments")) or _usual(choices)
    family = [one for one in choices if one.slug in asked]
    since, until = _day(request, "from", now - MONTH), min(_day(request, "to", now) + DAY, now)
    context: dict[str, Any] = {"choices": choices, "family": family, "since": since, "until": until, "now": now}
    if len(family) > 1 and since < until:
        found = migration(family=family, since=since, until=until)
        context |= {"found": found, "flow": _flow(found), "matrix": _matrix(found)}
    return render(request, "segmentation/migration.html", context, part="report")


def _usual(choices: Sequence[Segment]) -> set[str]:
    """The family to begin with: the first exclusion group, whose segments exclude each other, else the first three."""
    group = ExclusionGroup.objects.order_by("created_at", "pk").first()
    slugs = set(group.segments.values_list("slug", flat=True)) if group else set()
    return slugs or {one.slug for one in choices[:3]}


def _day(request: HttpRequest, name: str, otherwise: datetime) -> datetime:
    """The beginning of the UTC day that an address names; the day of `otherwise` for anything else."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 9000:
        day = otherwise.astimezone(UTC).date()
    return datetime.combine(day, time(), UTC)


def _flow(found: Migration) -> dict[str, Any]:
    """The moves as `static/js/charts.js` draws them; those who were in none of the segments and still are stay out."""
    places = [*found.family, None]
    moves, was, now = [], [0] * len(places), [0] * len(places)
    for move in found.moves:
        source, target = places.index(move.was), places.index(move.now)
        was[source] += move.customers
        now[target] += move.customers
        tone = "tide-soft" if target <= source else "sand-soft"
        moves.append({"from": source, "to": len(places) + target, "count": move.customers, "tone": tone})
    columns = ((0.001, _centres(was)), (0.999, _centres(now)))
    drawn = [
        {"name": one.name if one else "none of them", "tone": "tide" if one else "sand", "x": x, "y": y}
        for x, centres in columns
        for one, y in zip(places, centres, strict=True)
    ]
    return {"places": drawn, "moves": moves}


def _centres(sizes: Sequence[int]) -> list[float]:
    """Where the places of a column stand, from 0 to 1: in their order, each as high as it is large, a gap between them."""
    gap = min(GAP, 0.5 / len(sizes))
    high = (1 - gap * (len(sizes) - 1)) / max(sum(sizes), 1)
    centres, top = [], 0.0
    for size in sizes:
        centres.append(min(max(top + size * high / 2, 0.001), 0.999))
        top += size * high + gap
    return centres


def _matrix(found: Migration) -> list[tuple[Segment | None, list[int]]]:
    """For each segment, and for none, how many went from there to each."""
    places: list[Segment | None] = [*found.family, None]
    return [(was, [found.of(was, now) for now in places]) for was in places]


@allowed()
def coverage_page(request: HttpRequest) -> HttpResponse:
    """How many customers some live segment knows, and how many are in one, two, three of them."""
    found = coverage(now=clock.now())
    most = max(found.by_number.values(), default=0)
    rows = [(number, count, 100 * count / most) for number, count in found.by_number.items()]
    context = {"found": found, "rows": rows, "enough": ENOUGH}
    return render(request, "segmentation/coverage.html", context)
