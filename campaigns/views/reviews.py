"""Reviews: the queue by due date, the evidence on one page, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from campaigns.forms import ReviewForm
from campaigns.queries import evidence
from common import clock
from common.asked import text_in
from common.htmx import render
from customers.roles import Right, account, allowed, may
from segmentation.errors import SegmentError
from segmentation.lifecycle import users_of
from segmentation.models import Review, Segment
from segmentation.queries import listing
from segmentation.queries.reviews import DUE, REVIEWED, Standing, last_review, period_of, queue, standings, to_do_of
from segmentation.review import Decided, review
from segmentation.views.segment import segment_named

DAYS = 90
SALT = "evidence of a review"
A_DAY = 24 * 60 * 60
MOST_PARTS = 10
TITLES = {
    "kpi": "KPI",
    "movement": "Who came and went",
    "said": "Sent in its name",
    "overlaps": "Shares customers with",
    "findings": "Findings",
}
PATIENCE = {
    "kpi": "Measuring the KPI…",
    "movement": "Counting stays…",
    "said": "Counting messages…",
    "overlaps": "Comparing with the others…",
    "findings": "Looking for findings…",
}


@allowed()
def reviews_page(request: HttpRequest) -> HttpResponse:
    """The live and paused segments by due date."""
    now = clock.now()
    asked = {name: text_in(request.GET.get(name, ""))[:200] for name in ("owner", "folder")}
    found = standings(queue(now=now, **asked), now=now)
    context = {
        "now": now,
        **asked,
        "many": len(found),
        "groups": _groups(found, now),
        "owners": listing.owners_in_use(),
        "folders": listing.folders_in_use(),
    }
    return render(request, "campaigns/reviews.html", context, part="results")


def _groups(found: Sequence[Standing], now: datetime) -> list[dict[str, Any]]:
    """The queue in its groups: what was decided and is not done yet stands with its date, marked."""
    held = [one.segment.pk for one in found]
    sizes, findings = listing.sizes_of(held), evidence.findings_of(held, now=now)
    grouped: dict[str, list[dict[str, Any]]] = {due: [] for due in DUE}
    for one in found:
        size = sizes.get(one.segment.pk, listing.Size())
        grouped[one.due].append({"one": one, "size": size, "findings": findings.get(one.segment.pk, 0)})
    return [{"title": DUE[due], "rows": rows} for due, rows in grouped.items() if rows]


@allowed()
def review_row(request: HttpRequest, slug: str) -> HttpResponse:
    """The KPI of one row of the queue, which takes a moment."""
    segment, now = segment_named(slug), clock.now()
    context = {"segment": segment, "now": now, "kpi": evidence.kpi_now(segment, now)}
    return render(request, "campaigns/review_row.html", context, part="row")


@allowed()
def review_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The evidence, and the form that decides; POST decides."""
    segment = segment_named(slug)
    today = clock.now().date()
    form = ReviewForm(request.POST if request.method == "POST" else None, segment=segment, today=today)
    if request.method != "POST" or not form.is_valid():
        return _page(request, segment, form)
    try:
        kept = review(
            segment=segment,
            decided=Decided(**form.decided()),
            known=form.cleaned_data["known"],
            evidence=_seen(request, segment),
            by=account(request),
            now=clock.now(),
        )
    except SegmentError as error:
        form.refuse(error.pointer, error.message)
        return _page(request, segment, form)
    messages.success(request, said_of(kept))
    return redirect(_following(kept))


def _page(request: HttpRequest, segment: Segment, form: ReviewForm) -> HttpResponse:
    now, last = clock.now(), last_review(segment)
    since, size = period_of(last, now=now), evidence.size_of(segment)
    context = {
        "segment": segment,
        "form": form,
        "now": now,
        "since": since,
        "size": size,
        "last": last,
        "to_do": to_do_of(segment, last),
        "decides": may(request.user, Right.EDIT) and segment.status in REVIEWED,
        "parts": [{"name": name, "title": TITLES[name], "says": PATIENCE[name]} for name in evidence.PARTS],
        "days": listing.since_the_first(listing.days_of([segment.pk], days=DAYS, now=now)[segment.pk]),
        "versions": segment.versions.filter(published_at__gt=since).select_related("published_by").defer("rule"),
        "users": users_of(segment),
        "reviews": segment.reviews.select_related("by").prefetch_related("follow_ups").order_by("-at", "-pk"),
        "seen": signed(segment, "", {"since": since, "as_of": now, "size": size}),
    }
    return render(request, "campaigns/review.html", context, status=422 if form.errors else 200)


@allowed()
def review_part(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """One part of the evidence; without JavaScript a page."""
    if part not in evidence.PARTS:
        raise Http404
    segment, now = segment_named(slug), clock.now()
    since = period_of(last_review(segment), now=now)
    found = evidence.PARTS[part](segment, since, now)
    context = {
        "segment": segment,
        "template": f"campaigns/review_{part}.html",
        "title": TITLES[part],
        "found": found,
        "seen": signed(segment, part, found),
        **(_partners(segment, found, request.GET["with"]) if part == "overlaps" and "with" in request.GET else {}),
    }
    return render(request, "campaigns/review_part.html", context, part="found")


def _partners(segment: Segment, found: dict[str, Any], chosen: str) -> dict[str, Any]:
    """The segments that it could be merged with, for the form: those with the most customers in common first."""
    shares = {one["slug"]: one["share"] for one in found["segments"]}
    others = Segment.objects.filter(status__in=REVIEWED, kind=Segment.Kind.DYNAMIC).exclude(pk=segment.pk)
    rows = [{**row, "share": shares.get(row["slug"], 0.0)} for row in others.order_by("name").values("slug", "name")]
    return {"partners": sorted(rows, key=lambda row: -row["share"]), "chosen": chosen}


def signed(segment: Segment, part: str, found: dict[str, Any]) -> str:
    """What was shown, so that it comes back with the decision as it was."""
    shown = {"segment": segment.pk, "part": part, "found": evidence.as_stored(found)}
    return signing.dumps(shown, salt=SALT, compress=True)


def _seen(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The parts of the evidence that had arrived when somebody decided."""
    seen: dict[str, Any] = {}
    for token in request.POST.getlist("seen")[:MOST_PARTS]:
        try:
            shown = signing.loads(token, salt=SALT, max_age=A_DAY)
        except signing.BadSignature:
            continue
        if shown["segment"] == segment.pk:
            seen |= {shown["part"]: shown["found"]} if shown["part"] else shown["found"]
    return seen


def said_of(kept: Review) -> str:
    """What a decision did, for whoever made it."""
    name = kept.segment.name
    if kept.decision == Review.Decision.RETIRE:
        return f"{name} is archived. Its history is kept."
    if kept.decision == Review.Decision.KEEP and kept.next_review_on:
        return f"{name} is kept. Its next review is on {kept.next_review_on:%-d %B %Y}."
    if kept.decision == Review.Decision.CHANGE:
        return f"{name} is to be changed: “{kept.reason}” Its review stays open until a new version is published."
    made = " and ".join(f"“{one.name}”" for one in kept.follow_ups.order_by("pk"))
    return f"Drafted {made}. Nothing changes for {name} until they are published and it is archived."


def _following(kept: Review) -> str:
    """Where the decision leads: the rule that is to be changed, the draft of a merge, or back to the queue."""
    if kept.decision == Review.Decision.CHANGE:
        static = kept.segment.kind == Segment.Kind.STATIC
        return reverse("segmentation:members" if static else "segmentation:builder", args=[kept.segment.slug])
    if kept.decision == Review.Decision.MERGE:
        return reverse("segmentation:builder", args=[kept.follow_ups.get().slug])
    return reverse("campaigns:reviews")
