"""Conflicts: pairs of segments that get in each other's way, and what settles each, tried before it is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.consequence import consequence_of
from campaigns.queries.conflicts import ConflictReport, conflict_of, conflicts
from campaigns.remedies import remedies_of, settings_now, take_remedy
from common import clock
from common.asked import text_in
from common.htmx import render, wants_part
from customers.roles import Right, account, allowed, may
from segmentation.errors import GovernanceError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.overlap import channels_of, folders_of


@require_safe
@allowed()
def conflicts_page(request: HttpRequest) -> HttpResponse:
    """The frame with its filters; the report follows as a part, since it counts every membership."""
    asked = {name: text_in(request.GET.get(name, "")) for name in ("folder", "channel", "by")}
    live = Segment.objects.filter(status=Status.LIVE)
    context: dict[str, Any] = {**asked, "folders": folders_of(live), "channels": channels_of(live)}
    if wants_part(request) or "now" in request.GET:
        context |= _shown(conflicts(now=clock.now(), **asked))
    return render(request, "campaigns/conflicts.html", context, part="report")


def _shown(report: ConflictReport) -> dict[str, Any]:
    """The report, each open conflict beside what would settle it."""
    settings = settings_now()
    rows = [(conflict, remedies_of(conflict.upper, conflict.lower, settings)) for conflict in report.open]
    return {"report": report, "rows": rows}


@require_http_methods(["GET", "HEAD", "POST"])
@allowed()
def conflict_page(request: HttpRequest, one: str, other: str) -> HttpResponse:
    """Two segments: how they disagree, each remedy, and what the chosen one would do; a POST takes it."""
    upper, lower = _pair(one, other)
    asked, trying = (request.GET, True) if request.method != "POST" else (request.POST, False)
    chosen = asked.get("remedy", "")
    outcome: dict[str, Any] = {}
    if chosen and may(request.user, Right.EDIT):
        outcome = _outcome(request, chosen, upper, lower, dry_run=trying)
    if not trying and "effect" in outcome:
        messages.success(request, "Done: that counts from now on. Priority has its history.")
        return redirect("campaigns:conflict", upper.slug, lower.slug)
    context = {
        "upper": upper,
        "lower": lower,
        "both": (upper, lower),
        "remedies": remedies_of(upper, lower, settings_now()),
        "chosen": chosen,
        "conflict": conflict_of(upper, lower, now=clock.now()),
        "now": clock.now(),
        **outcome,
    }
    return render(request, "campaigns/conflict.html", context, status=200 if trying else 422)


def _pair(one: str, other: str) -> tuple[Segment, Segment]:
    """Two different live segments, the higher rank first; or 404."""
    found = Segment.objects.filter(slug__in=[one, other], status=Status.LIVE, rank__isnull=False).order_by("rank")
    pair = list(found)
    if len(pair) != 2:
        raise Http404
    return pair[0], pair[1]


def _outcome(request: HttpRequest, remedy: str, upper: Segment, lower: Segment, *, dry_run: bool) -> dict[str, Any]:
    """What the remedy does (or would do), or the words with which it was refused."""
    how: dict[str, Any] = {"dry_run": dry_run, "by": account(request), "now": clock.now()}
    try:
        return {"effect": consequence_of(take_remedy(remedy=remedy, upper=upper, lower=lower, **how))}
    except GovernanceError as error:
        return {"refused": error.message}
