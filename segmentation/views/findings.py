"""What is wrong or missing with the segments: every finding with its fix, and what somebody decided to live with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common import clock
from common.csv import lines_of
from common.htmx import render
from customers.roles import account, allowed
from segmentation.dismiss import LONGEST, dismiss, restore
from segmentation.errors import SegmentError
from segmentation.findings import kinds
from segmentation.findings.asked import Asked, by_kind
from segmentation.findings.base import SEVERITIES
from segmentation.findings.told import Told, findings, last_look
from segmentation.forms import DismissForm
from segmentation.look_for_findings import request_look
from segmentation.models import Segment
from segmentation.queries.listing import owners_in_use
from segmentation.views.segment import segment_named

# A month is long enough to see what became of it.
USUAL = timedelta(days=30)
# So many of a kind are shown beside other kinds; alone all of them.
MOST = 8
HEADER = ("severity", "code", "segment", "other", "number", "says", "fix", "as_of", "first_seen_at", "dismissed_until")


@allowed()
def health_page(request: HttpRequest) -> HttpResponse:
    """The findings by severity and kind, narrowed as asked; those that were dismissed below them."""
    asked, now = Asked.of(request.GET), clock.now()
    everything = findings(now=now)
    told = [one for one in everything if asked.keeps(one)]
    shown = [one for one in told if one.dismissal is None]
    context = {
        "asked": asked,
        "groups": by_kind(shown),
        "most": len(shown) if asked.code else MOST,
        "many": len(shown),
        "severities": [(one, sum(each.kind.severity == one for each in shown)) for one in SEVERITIES],
        "dismissed": [one for one in told if one.dismissal is not None],
        "kinds": kinds(),
        "segments": sorted({s.slug: s for s in _segments(everything)}.values(), key=lambda one: one.name.lower()),
        "owners": owners_in_use(),
        "look": last_look(),
        "now": now,
        "until": {"usual": (now + USUAL).date(), "first": now.date(), "last": (now + LONGEST).date()},
    }
    return render(request, "segmentation/findings.html", context, part="results")


def _segments(told: list[Told]) -> Iterator[Segment]:
    return (one.found.segment for one in told if one.found.segment is not None)


@allowed()
def health_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the page shows as a file, dismissed ones too."""
    asked, now = Asked.of(request.GET), clock.now()
    told = [one for one in findings(now=now) if asked.keeps(one)]
    answer = StreamingHttpResponse(lines_of(HEADER, map(_cells, told)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="findings-{now:%Y-%m-%d}.csv"'
    return answer


def _cells(one: Told) -> list[object]:
    found, until = one.found, one.dismissal.until if one.dismissal else None
    about = [side.slug if side else None for side in (found.segment, found.other)]
    since = one.since.isoformat() if one.since else None
    numbers = [found.number, found.says, found.fix.address]
    return [str(one.kind.severity), one.kind.code, *about, *numbers, one.as_of.isoformat(), since, until]


@require_POST
@allowed()
def look_again(request: HttpRequest) -> HttpResponse:
    """Look for the costly ones now: a job."""
    return redirect("segmentation:job-page", request_look(by=account(request), now=clock.now()).pk)


@require_POST
@allowed()
def dismiss_finding(request: HttpRequest) -> HttpResponse:
    """Put a finding aside until a day, for a reason."""
    form = DismissForm(request.POST)
    if not form.is_valid():
        said = [f"{form.fields[name].label}: {error}" for name, errors in form.errors.items() for error in errors]
        messages.error(request, "Not dismissed. " + " ".join(said))
        return _back(request)
    given = form.cleaned_data
    try:
        dismiss(**_about(request), **given, by=account(request), now=clock.now())
    except SegmentError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Dismissed until the end of {given['until']:%-d %B %Y}.")
    return _back(request)


@require_POST
@allowed()
def restore_finding(request: HttpRequest) -> HttpResponse:
    """Take a dismissal back."""
    try:
        restore(**_about(request), by=account(request), now=clock.now())
    except SegmentError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The finding is told again.")
    return _back(request)


def _about(request: HttpRequest) -> dict[str, Any]:
    """The finding that a form names: its kind, and its segments by their slugs."""
    given = request.POST
    named = {name: given.get(name, "") for name in ("segment", "other")}
    sides = {name: segment_named(slug) if slug else None for name, slug in named.items()}
    return {"code": given.get("code", ""), **sides}


def _back(request: HttpRequest) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return redirect(f"/governance/health/{f'?{query}' if query else ''}")
