"""The list of segments, and a new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as render_part

from common import clock
from common.csv import lines_of
from common.htmx import render
from customers.roles import account, allowed
from customers.views import saved
from segmentation.findings.asked import health_choices, segments_listed
from segmentation.forms import NewSegmentForm, people_who_own
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries import listing
from segmentation.queries.base import base_size
from segmentation.save import create

DAYS = 30
EVERYONE = {"version": 1, "include": {"op": "all", "conditions": []}}


@allowed()
def segments_page(request: HttpRequest) -> HttpResponse:
    """The segments that fit, with exact sizes; their lines come as a part of its own."""
    if to_view := saved.to_view(request, "segments"):
        return to_view
    wanted, now = listing.Wanted.of(request.GET), clock.now()
    context = {
        "wanted": wanted,
        "filtered": wanted.narrowed,
        "rows": _rows(wanted, now),
        "base": base_size(),
        "now": now,
        "statuses": Status.choices,
        "sort": wanted.sort,
        "sorts": listing.SORTS,
        "health": health_choices(),
        "tags": listing.tags_in_use(),
        "folders": listing.folders_in_use(),
        "owners": listing.owners_in_use(),
        "people": people_who_own(),
        **saved.tabs(request, "segments"),
    }
    return render(request, "segmentation/list.html", context, part="results")


def _rows(wanted: listing.Wanted, now: datetime) -> list[dict[str, Any]]:
    segments = list(segments_listed(wanted, now=now))
    sizes = listing.sizes_of(segment.pk for segment in segments)
    ordered = listing.in_order(segments, sizes, wanted.sort)
    return [{"segment": segment, "size": sizes.get(segment.pk, listing.Size())} for segment in ordered]


PLACED = ("slug", "name", "status", "kind", "rank", "active", "suppressed", "share")
CARD = ("folder", "tags", "owner", "goal", "channels", "kpi", "review_on", "updated_at")


@allowed()
def segments_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows as a file."""
    wanted, now = listing.Wanted.of(request.GET), clock.now()
    answer = StreamingHttpResponse(
        lines_of([*PLACED, *CARD], _cells(_rows(wanted, now), base_size())), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="segments-{now:%Y-%m-%d}.csv"'
    return answer


def _cells(rows: list[dict[str, Any]], base: int) -> Iterator[list[object]]:
    for row in rows:
        one, size = row["segment"], row["size"]
        share = round(size.active / base, 6) if base else None
        owner = one.owner.get_username() if one.owner else None
        placed = [one.slug, one.name, one.status, one.kind, one.rank, size.active, size.suppressed, share]
        card = [one.folder, ", ".join(one.tags), owner, one.goal, ", ".join(one.channels), one.kpi]
        yield [*placed, *card, one.review_on, one.updated_at.isoformat()]


@allowed()
def lines(request: HttpRequest) -> HttpResponse:
    """The small lines of the list: the sizes of 30 days, put in beside the rows."""
    segments = {segment.pk: segment for segment in Segment.objects.filter(slug__in=request.GET.getlist("slug")[:1000])}
    days = listing.days_of(list(segments), days=DAYS, now=clock.now())
    context = {"lines": [(segments[key], found) for key, found in days.items()]}
    return render_part(request, "segmentation/lines.html", context)


@allowed()
def new(request: HttpRequest) -> HttpResponse:
    """A new draft: a name, and on to its rule."""
    form = NewSegmentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values, kind = form.cleaned_data, form.cleaned_data["kind"] or Segment.Kind.DYNAMIC
        card, by = {"goal": values["goal"]}, account(request)
        segment = create(name=values["name"], kind=kind, rule=EVERYONE, card=card, by=by, now=clock.now())
        static = kind == Segment.Kind.STATIC
        return redirect("segmentation:members-add" if static else "segmentation:builder", segment.slug)
    return render(request, "segmentation/new.html", {"form": form}, status=422 if form.errors else 200)
