"""Journeys: the list, a new one, the page with its approval and live numbers, the steps of its life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns import approvals, save
from campaigns.errors import CampaignError
from campaigns.forms import NewJourneyForm
from campaigns.journeys.edit import blank
from campaigns.models import Journey, Template
from campaigns.models.journey import Status
from campaigns.queries.drawn import drawn
from campaigns.queries.flows import faults_of
from campaigns.queries.numbers import Listed, listed, numbers_of
from campaigns.simulate import simulate
from campaigns.views.journey import journey_named
from campaigns.views.review import review_of
from common import clock
from common.asked import text_in
from common.htmx import render, wants_part
from customers.roles import Right, account, allowed
from segmentation.queries.cards import lacking_words

ORDER = [Status.IN_REVIEW, Status.LIVE, Status.APPROVED, Status.PAUSED, Status.DRAFT, Status.ENDED]
# The orders of the list, the way each goes by nature, and what is compared; `-sent` goes the other way.
SORTS: dict[str, tuple[str, Callable[[Listed], Any]]] = {
    "status": ("ascending", lambda row: ORDER.index(Status(row.journey.status))),
    "name": ("ascending", lambda row: row.journey.name.lower()),
    "running": ("descending", lambda row: row.running),
    "sent": ("descending", lambda row: row.sent),
    "goal": ("descending", lambda row: row.converted),
}
SAID = {
    "submit": "Sent for approval. Somebody else decides now.",
    "approve": "Approved. It is live.",
    "reject": "Sent back with your reason.",
    "pause": "Paused: nobody enters, nobody moves, nothing is sent.",
    "resume": "Live.",
    "end": "Ended. Whoever was on it has stopped.",
}


@allowed()
def journeys(request: HttpRequest) -> HttpResponse:
    """All journeys: those that wait for an approval first."""
    wanted, text = request.GET.get("status", ""), text_in(request.GET.get("q", "")).strip()
    rows = Journey.objects.select_related("submitted_by", "edited_by")
    rows = rows.filter(status=wanted) if wanted in Status.values else rows.exclude(status=Status.ENDED)
    if text:
        rows = rows.filter(name__icontains=text)
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else "status"
    nature, compared = SORTS[sort.removeprefix("-")]
    down = (nature == "descending") != sort.startswith("-")
    found = sorted(listed(rows.order_by("name", "pk")), key=compared, reverse=down)
    context = {"rows": found, "wanted": wanted, "text": text, "statuses": Status.choices, "now": clock.now()}
    context |= {"sort": sort, "sorts": {name: nature for name, (nature, _) in SORTS.items()}}
    return render(request, "campaigns/journeys.html", context, part="results")


@allowed()
def journey_new(request: HttpRequest) -> HttpResponse:
    """Name it, choose its segment (`?segment=` has it chosen); the steps come in the editor."""
    form = NewJourneyForm(request.POST or None, initial={"segment": request.GET.get("segment", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        journey = save.create_journey(
            slug=values["slug"],
            name=values["name"],
            document=blank(values["segment"]),
            by=account(request),
            now=clock.now(),
        )
        return redirect("campaigns:journey_edit", journey.slug)
    return render(request, "campaigns/journey_new.html", {"form": form})


@allowed()
def journey(request: HttpRequest, slug: str) -> HttpResponse:
    """What a journey says, what it did, what was decided; where it is in review, what an approval would set free."""
    row, now = journey_named(slug), clock.now()
    numbers = numbers_of(row)
    context: dict[str, Any] = {"journey": row, "numbers": numbers, "now": now}
    context["lines"] = drawn(row.document, numbers=numbers.nodes)
    context["letters"] = {template.slug: str(template) for template in Template.objects.only("slug", "name")}
    if not wants_part(request):
        simulation = simulate(document=row.document, journey=row, now=now)
        context |= {
            "faults": faults_of(row.document),
            "simulation": simulation,
            "lacking": lacking_words(simulation.segment) if simulation.segment else "",
            **review_of(row, request.user),
        }
    return render(request, "campaigns/journey.html", context, part="flow")


@require_POST
def journey_step(request: HttpRequest, slug: str, step: str) -> HttpResponseBase:
    """One step of its life, by one button."""
    right = Right.APPROVE if step in ("approve", "reject") else Right.EDIT
    return _step(request, slug, step) if right == Right.EDIT else _decide(request, slug, step)


@allowed(write=Right.EDIT)
def _step(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    return _taken(request, slug, step)


@allowed(write=Right.APPROVE)
def _decide(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    return _taken(request, slug, step)


def _taken(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Take a step and say what came of it."""
    reason = request.POST.get("reason", "").strip()[:2000]
    verbs: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "submit": (approvals.submit, {"note": reason}),
        "approve": (approvals.approve, {"reason": reason, "seen": request.POST.get("digest", "")}),
        "reject": (approvals.reject, {"reason": reason}),
        "pause": (approvals.pause, {"reason": reason}),
        "resume": (approvals.resume, {}),
        "end": (approvals.end, {"reason": reason}),
    }
    verb, words = verbs[step]
    try:
        verb(journey=journey_named(slug), by=account(request), now=clock.now(), **words)
    except CampaignError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, SAID[step])
    return redirect("campaigns:journey", slug)
