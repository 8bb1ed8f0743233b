"""Merging segments: the draft that would come of it, shown before it is made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from common import clock
from common.asked import text_in
from customers.roles import account, allowed
from segmentation.errors import SegmentError
from segmentation.merge_segments import merge_segments, merged_name, union_of
from segmentation.models import Membership, Segment
from segmentation.models.segment import Status
from segmentation.rules.describe import sentence
from segmentation.rules.faults import RuleError
from segmentation.views.segment import segment_named

MOST = 20


@require_http_methods(["GET", "HEAD", "POST"])
@allowed()
def merge_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What a merge would hold; POST makes the draft."""
    given = request.POST if request.method == "POST" else request.GET
    others = list(dict.fromkeys(given.getlist("with")))[:MOST]
    segments = [segment_named(one) for one in (slug, *(other for other in others if other))]
    refused = ""
    if request.method == "POST":
        try:
            name = text_in(given.get("name", ""))[:200]
            merged = merge_segments(segments=segments, name=name, by=account(request), now=clock.now())
        except (SegmentError, RuleError) as error:
            refused = str(error)
        else:
            messages.success(request, "Merged into a draft. Look at its rule, then publish it.")
            return redirect("segmentation:overview", merged.slug)
    context = {"segment": segments[0], "segments": segments, "now": clock.now(), **_would_be(segments)}
    context |= {"refused": refused or context["refused"]}
    return render(request, "segmentation/merge.html", context, status=409 if request.method == "POST" else 200)


def _would_be(segments: list[Segment]) -> dict[str, Any]:
    """The sentence of the merged rule and whom it would hold, or why these cannot be merged."""
    usable = (Status.LIVE, Status.PAUSED, Status.DRAFT)
    choices = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, status__in=usable).order_by("name")
    context: dict[str, Any] = {"choices": choices.exclude(pk=segments[0].pk), "refused": ""}
    if len(segments) < 2:
        return context
    try:
        rule = union_of(segments)
    except (SegmentError, RuleError) as error:
        return context | {"refused": str(error)}
    members = Membership.objects.filter(segment__in=segments).order_by()
    held = members.values("customer").distinct().count()
    return context | {"sentence": sentence(rule), "name": merged_name(segments), "either": held}
