"""The overlap report: heat map, pairs, intersections, and the customers behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from common.asked import text_in
from common.csv import lines_of
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.models import Membership, Segment
from segmentation.queries.overlap import (
    ORDERS,
    STATUSES,
    Overlaps,
    Pair,
    channels_of,
    folders_of,
    in_exactly,
    overlap,
    segments_of,
)
from segmentation.views.segment import segment_named

PAIRS = 20
MOST_OF_A_SET = 200
LATEST = Order(("since", "customer_id"), descending=True)
COLUMNS = ("a", "b", "in both", "share of a", "share of b", "Jaccard")
FILE = (*COLUMNS, *(f"{column}, after governance" for column in COLUMNS[2:]))


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
    """A pair before governance and after it; `pair` is the side that was asked for, `taken` what governance takes away."""

    pair: Pair
    before: int
    after: int

    @property
    def taken(self) -> int:
        return self.before - self.after


@require_safe
@allowed()
def overlap_page(request: HttpRequest) -> HttpResponse:
    """Heat map, pairs and intersections, before governance or after it."""
    asked, after = _asked(request.GET), request.GET.get("state") == "active"
    by = request.GET.get("by") if request.GET.get("by") in ORDERS else ORDERS[0]
    report = overlap(now=clock.now(), **asked)
    found = report.active if after else report.qualified
    before, later = _counts(report.qualified), _counts(report.active)
    ranked = Segment.objects.filter(status__in=STATUSES["both"])
    lines = [Line(one, before[one.a.pk, one.b.pk], later[one.a.pk, one.b.pk]) for one in found.shared_by(by or "")]
    context = {
        "report": report,
        "found": found,
        "after": after,
        **asked,
        "by": by,
        "query": _query(asked, after),
        "rows": _heat(report.segments, found),
        "pairs": len(lines),
        "lines": lines[:PAIRS],
        "upset": _upset(found),
        "folders": folders_of(ranked),
        "channels": channels_of(ranked),
    }
    return render(request, "segmentation/overlap.html", context, part="report")


@require_safe
@allowed()
def overlap_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every pair with somebody in both, before governance and after it."""
    now = clock.now()
    report = overlap(now=now, **_asked(request.GET))
    after = {(pair.a.pk, pair.b.pk): pair for pair in report.active.pairs}
    rows = (_cells(pair, after[pair.a.pk, pair.b.pk]) for pair in report.qualified.shared)
    answer = StreamingHttpResponse(lines_of(FILE, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="overlap-{now:%Y-%m-%d}.csv"'
    return answer


@require_safe
@allowed()
def overlap_exactly(request: HttpRequest) -> HttpResponse:
    """The customers who are in exactly some of the segments looked at."""
    asked, after = _asked(request.GET), request.GET.get("state") == "active"
    slugs = list(dict.fromkeys(request.GET.getlist("is")))[:MOST_OF_A_SET]
    inside = [segment_named(slug) for slug in slugs or [""]]
    looked_at = segments_of(**asked)
    rows = in_exactly(inside, looked_at, active=after).select_related("customer")
    page = page_of(rows, LATEST, cursor=request.GET.get("cursor", ""))
    others = sum(one not in inside for one in looked_at)
    context = {"inside": inside, "others": others, "page": page, "count": rows.count(), "after": after}
    context |= {"query": _query(asked, after), "now": clock.now()}
    return render(request, "segmentation/overlap_exactly.html", context, part="rows")


@require_safe
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


def _asked(given: QueryDict) -> dict[str, str]:
    """The segments to look at, as the address says."""
    asked = {name: text_in(given.get(name, "")) for name in ("folder", "channel", "status")}
    return asked | {"status": asked["status"] if asked["status"] in STATUSES else "live"}


def _query(asked: dict[str, str], after: bool) -> str:
    """The filters as the end of an address, for the links that go on from here."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value and (name, value) != ("status", "live")})
    if after:
        query["state"] = "active"
    return query.urlencode()


def _counts(found: Overlaps) -> dict[tuple[int, int], int]:
    return {(pair.a.pk, pair.b.pk): pair.both for pair in found.pairs}


def _cells(before: Pair, after: Pair) -> list[object]:
    numbers = [
        [pair.both, f"{pair.share_of_a:.6f}", f"{pair.share_of_b:.6f}", f"{pair.jaccard:.6f}"]
        for pair in (before, after)
    ]
    return [before.a.slug, before.b.slug, *numbers[0], *numbers[1]]


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
