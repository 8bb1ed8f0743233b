"""The reports on segments: how they overlap, and how steady they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import one_of
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.governance import set_hysteresis
from segmentation.models import Membership, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hysteresis_of
from segmentation.queries import listing
from segmentation.queries.overlap import Overlaps, Pair, overlap
from segmentation.queries.restless import advice
from segmentation.queries.stability import Moves, moves_of, stability
from segmentation.views.segment import person, segment_named

PERIODS = (7, 30, 90, 365)
PAIRS = 20
LATEST = Order(("since", "customer_id"), descending=True)


@dataclass(frozen=True)
class Cell:
    """A field of the heat map: the share of the row's segment that is in the column's too, and its shade of 0 to 9."""

    pair: Pair
    share: float

    @property
    def shade(self) -> int:
        return min(9, int(self.share * 10))


@dataclass(frozen=True)
class Line:
    """A segment in the stability report."""

    segment: Segment
    size: int
    moves: Moves


@allowed()
def overlap_page(request: HttpRequest) -> HttpResponse:
    """Heat map, pairs and intersections of the live segments, before governance or after it."""
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("folder", "channel")}
    after = request.GET.get("state") == "active"
    report = overlap(now=clock.now(), **asked)
    found = report.active if after else report.qualified
    live = Segment.objects.filter(status=Status.LIVE)
    context = {
        "report": report,
        "found": found,
        "after": after,
        **asked,
        "rows": _heat(report.segments, found),
        "pairs": found.shared[:PAIRS],
        "upset": _upset(found),
        "folders": sorted(live.exclude(folder="").values_list("folder", flat=True).distinct()),
        "channels": sorted({channel for row in live.values_list("channels", flat=True) for channel in row}),
    }
    return render(request, "segmentation/overlap.html", context, part="report")


def _heat(segments: Sequence[Segment], found: Overlaps) -> list[dict[str, Any]]:
    """For each segment its size and a cell for every other; None where it meets itself."""
    cells: dict[tuple[int, int], Cell] = {}
    for pair in found.pairs:
        cells[pair.a.pk, pair.b.pk] = Cell(pair, pair.share_of_a)
        cells[pair.b.pk, pair.a.pk] = Cell(pair, pair.share_of_b)
    return [
        {
            "segment": row,
            "size": found.sizes[row.pk],
            "cells": [(column, cells.get((row.pk, column.pk))) for column in segments],
        }
        for row in segments
    ]


def _upset(found: Overlaps) -> dict[str, Any]:
    """The segments that the largest intersections are of, and for each intersection which of them it has."""
    named = list(dict.fromkeys(one for each in found.intersections for one in each.segments))
    largest = max((each.count for each in found.intersections), default=0)
    rows = [
        {
            "count": each.count,
            "percent": 100 * each.count / largest,
            "segments": each.segments,
            "dots": [one in each.segments for one in named],
        }
        for each in found.intersections
    ]
    return {"segments": named, "rows": rows}


@allowed()
def overlap_pair(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """The customers who are in both of two segments."""
    first, second = segment_named(one), segment_named(other)
    both = Membership.objects.filter(segment=first, customer__memberships__segment=second).select_related("customer")
    page = page_of(both, LATEST, cursor=request.GET.get("cursor", ""))
    ids = [row.customer_id for row in page.rows]
    states = dict(Membership.objects.filter(segment=second, customer__in=ids).values_list("customer_id", "state"))
    context = {"first": first, "second": second, "page": page, "count": both.count(), "states": states}
    return render(request, "segmentation/overlap_pair.html", context, part="rows")


@allowed()
def stability_page(request: HttpRequest) -> HttpResponse:
    """All live segments with what moved in them, the most restless first."""
    days, now = _period(request), clock.now()
    segments = list(Segment.objects.filter(status=Status.LIVE).defer("rule"))
    stored = listing.sizes_of([segment.pk for segment in segments])
    sizes = {segment.pk: stored.get(segment.pk, listing.Size()).all for segment in segments}
    moves = moves_of(sizes, since=now - timedelta(days=days), until=now)
    lines = [Line(one, sizes[one.pk], moves[one.pk]) for one in segments]
    lines.sort(key=lambda line: (-(line.moves.turnover or 0), line.segment.name))
    context = {"lines": lines, "days": days, "periods": PERIODS, "now": now}
    return render(request, "segmentation/stability.html", context, part="report")


@allowed()
def stability_of(request: HttpRequest, slug: str) -> HttpResponse:
    """One segment: its days, its stays, who comes back, and what would calm it."""
    segment, days, now = segment_named(slug), _period(request), clock.now()
    found = stability(segment=segment, since=now - timedelta(days=days), until=now)
    advised = advice(segment=segment, grace=hysteresis_of(segment).exit_grace, until=now)
    context = {"segment": segment, "found": found, "advised": advised, "days": days, "periods": PERIODS}
    return render(request, "segmentation/stability_of.html", context, part="report")


@require_POST
@allowed()
def take_advice(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a segment the exit grace that its own log advises."""
    segment, now = segment_named(slug), clock.now()
    advised = advice(segment=segment, grace=hysteresis_of(segment).exit_grace, until=now)
    if advised is None:
        messages.info(request, "Nothing to advise any more: too few customers come and go.")
    else:
        grace = {"amount": advised.amount, "unit": advised.unit}
        set_hysteresis(segment=segment, settings={"exit_grace": grace}, by=person(request), now=now)
        messages.success(request, f"The exit grace of {segment.name} is now {advised.amount} {advised.unit}.")
    return redirect("segmentation:stability-of", slug)


def _period(request: HttpRequest) -> int:
    return one_of(request.GET.get("days", ""), PERIODS, 30)
