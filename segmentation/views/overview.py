"""The first page of a segment: its size, its last changes, its card, and the work under way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as render_part

from common import clock
from common.htmx import render
from customers.roles import allowed
from segmentation import enlist, jobs
from segmentation.models import AuditRun, EngineRun, Job, MembershipChange, Segment
from segmentation.queries import listing
from segmentation.queries.base import base_size
from segmentation.queries.reviews import last_review, to_do_of
from segmentation.views.segment import segment_named, shared

DAYS = 90
LAST = 8
WEEK = 7


@allowed()
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Size over 90 days, last changes with their causes, the card."""
    segment, now = segment_named(slug), clock.now()
    days = listing.days_of([segment.pk], days=DAYS, now=now)[segment.pk]
    last = last_review(segment)
    changes = MembershipChange.objects.filter(segment=segment).select_related("customer", "suppressed_by")
    context = shared(
        segment,
        "overview",
        now=now,
        base=base_size(),
        size=listing.sizes_of([segment.pk]).get(segment.pk, listing.Size()),
        days=listing.since_the_first(days),
        week={"entered": sum(d.entered for d in days[-WEEK:]), "exited": sum(d.exited for d in days[-WEEK:])},
        changes=changes.order_by("-at", "-id")[:LAST],
        audit=AuditRun.objects.filter(segment=segment).order_by("-at").first(),
        versions=list(segment.versions.defer("rule").order_by("number")),
        slowest=EngineRun.objects.filter(segment=segment).order_by("-milliseconds").first(),
        origins=list(segment.made_from.order_by("rank", "name")),
        last=last,
        to_do=to_do_of(segment, last),
        **_work(segment),
    )
    return render(request, "segmentation/overview.html", context)


def _work(segment: Segment) -> dict[str, Any]:
    """The job that is under way, and the last one where it failed."""
    last = Job.objects.filter(segment=segment, kind__in=("rebuild", enlist.KIND)).order_by("-created_at").first()
    running = last is not None and last.state in jobs.OPEN
    return {"job": last if running else None, "failed": last if last and last.state == Job.State.FAILED else None}


@allowed()
def job(request: HttpRequest, slug: str) -> HttpResponse:
    """The job under way as a part that renews itself (the page anew once it is over); POST asks it to stop."""
    segment = segment_named(slug)
    work = _work(segment)
    if request.method == "POST":
        if work["job"]:
            jobs.cancel(job=work["job"])
        return redirect("segmentation:overview", slug)
    if not work["job"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render_part(request, "segmentation/job.html", {"segment": segment, **work})
