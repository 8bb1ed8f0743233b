"""The list of segments, and a new one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as render_part

from common import clock
from common.htmx import render
from customers.roles import allowed
from segmentation.forms import NewSegmentForm
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries import listing
from segmentation.queries.base import base_size
from segmentation.save import create
from segmentation.views.segment import person

DAYS = 30
EVERYONE = {"version": 1, "include": {"op": "all", "conditions": []}}


@allowed()
def segments_page(request: HttpRequest) -> HttpResponse:
    """The segments that fit, with exact sizes; their lines come as a part of its own."""
    wanted = listing.Wanted.of(request.GET)
    segments = list(listing.segments_wanted(wanted))
    sizes = listing.sizes_of(segment.pk for segment in segments)
    ordered = listing.in_order(segments, sizes, wanted.sort)
    context = {
        "wanted": wanted,
        "filtered": wanted.narrowed,
        "rows": [{"segment": segment, "size": sizes.get(segment.pk, listing.Size())} for segment in ordered],
        "base": base_size(),
        "now": clock.now(),
        "statuses": Status.choices,
        "sorts": listing.SORTS,
        "tags": listing.tags_in_use(),
        "folders": listing.folders_in_use(),
    }
    return render(request, "segmentation/list.html", context, part="results")


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
        card, by = {"goal": values["goal"]}, person(request)
        segment = create(name=values["name"], kind=kind, rule=EVERYONE, card=card, by=by, now=clock.now())
        static = kind == Segment.Kind.STATIC
        return redirect("segmentation:members-add" if static else "segmentation:builder", segment.slug)
    return render(request, "segmentation/new.html", {"form": form}, status=422 if form.errors else 200)
