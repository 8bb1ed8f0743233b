"""The report on how steady segments are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import one_of
from common.htmx import render
from customers.roles import account, allowed
from segmentation.governance import set_hysteresis
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hysteresis_of
from segmentation.queries import listing
from segmentation.queries.restless import advice
from segmentation.queries.stability import Moves, moves_of, stability
from segmentation.views.segment import segment_named

PERIODS = (7, 30, 90, 365)


@dataclass(frozen=True)
class Line:
    """A segment in the stability report."""

    segment: Segment
    size: int
    moves: Moves


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
        set_hysteresis(segment=segment, settings={"exit_grace": grace}, by=account(request), now=now)
        messages.success(request, f"The exit grace of {segment.name} is now {advised.amount} {advised.unit}.")
    return redirect("segmentation:stability-of", slug)


def _period(request: HttpRequest) -> int:
    return one_of(request.GET.get("days", ""), PERIODS, 30)
