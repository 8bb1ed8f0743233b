"""Governance: who speaks first, who keeps whom silent. Every change is tried first and shown before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from campaigns import govern_portfolio
from campaigns.govern_portfolio import Consequence
from campaigns.queries import portfolio
from common import clock
from common.htmx import render, wants_part
from customers.roles import allowed
from segmentation.errors import GovernanceError
from segmentation.models import Segment

TITLES = {"group": "Exclusion group", "exclusion": "Exclusion", "full-stop": "Full stop"}


@allowed()
def governance_page(request: HttpRequest) -> HttpResponse:
    """The portfolio by rank, the groups, the exclusions."""
    return render(request, "campaigns/governance.html", _page(portfolio.ranked_segments()), part="order")


@require_POST
@allowed()
def governance_order(request: HttpRequest) -> HttpResponse:
    """Try another order, or make it the one that counts."""
    ranked = portfolio.ranked_segments()
    order = _moved(_ordered(ranked, request.POST.getlist("segments")), request.POST.get("move", ""))
    outcome = _outcome(request, "priorities", {"segments": [one.slug for one in order]})
    if _done(request, outcome):
        messages.success(request, "The new order counts from now on.")
        return _to_governance(request)
    context = _page(order) | outcome | {"changed": order != ranked}
    return render(request, "campaigns/governance.html", context, part="order", status=_status(request, outcome))


@allowed()
def governance_change(request: HttpRequest, setting: str) -> HttpResponse:
    """Make or change a group, an exclusion, a full stop: what it would do shows while it is drawn."""
    if setting not in TITLES:
        raise Http404
    context: dict[str, Any] = {"setting": setting, "title": TITLES[setting], "ranked": portfolio.ranked_segments()}
    if request.method != "POST":
        context["wanted"] = _stored(setting, _wanted(request.GET))
        return render(request, "campaigns/governance_change.html", context)
    context["wanted"] = _wanted(request.POST)
    outcome = _outcome(request, setting, context["wanted"])
    if _done(request, outcome):
        messages.success(request, f"{TITLES[setting]} saved.")
        return _to_governance(request)
    status = _status(request, outcome)
    return render(request, "campaigns/governance_change.html", context | outcome, part="effect", status=status)


def _wanted(asked: QueryDict) -> dict[str, Any]:
    """The setting as a form or an address names it."""
    return {
        "name": asked.get("name", ""),
        "segment": asked.get("segment", ""),
        "segments": asked.getlist("segments"),
        "on": asked.get("on") == "yes",
    }


def _applies(request: HttpRequest) -> bool:
    return request.POST.get("do") == "apply"


def _outcome(request: HttpRequest, setting: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the change does (or would do), or the words with which it was refused."""
    try:
        return {"effect": _try(setting, wanted, apply=_applies(request), request=request)}
    except GovernanceError as error:
        return {"refused": error.message}


def _done(request: HttpRequest, outcome: dict[str, Any]) -> bool:
    return _applies(request) and "effect" in outcome


def _status(request: HttpRequest, outcome: dict[str, Any]) -> int:
    """A trial that is refused is an answer; a change that is refused is an error."""
    return 422 if _applies(request) and "refused" in outcome else 200


def _try(setting: str, wanted: dict[str, Any], *, apply: bool, request: HttpRequest) -> Consequence:
    """What a change does, or would do. Raises GovernanceError."""
    by = request.user if isinstance(request.user, User) else None
    how: dict[str, Any] = {"dry_run": not apply, "by": by, "now": clock.now()}
    if setting == "priorities":
        return govern_portfolio.set_priorities(segments=wanted["segments"], **how)
    if setting == "group":
        return govern_portfolio.put_group(name=wanted["name"], segments=wanted["segments"], **how)
    if setting == "exclusion":
        return govern_portfolio.put_exclusion(segment=wanted["segment"], excludes=wanted["segments"], **how)
    return govern_portfolio.set_full_stop(segment=wanted["segment"], blocks_all_below=wanted["on"], **how)


def _stored(setting: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The setting that the address names as it stands, to be changed."""
    if setting == "group":
        groups = dict(portfolio.exclusion_groups())
        return wanted | {"segments": [one.slug for one in groups.get(wanted["name"], [])]}
    found = [one for one in portfolio.exclusions() if one.segment.slug == wanted["segment"]]
    stops = Segment.objects.filter(slug=wanted["segment"], blocks_all_below=True).exists()
    return wanted | {"segments": [one.slug for row in found for one in row.excludes], "on": stops}


def _page(order: Sequence[Segment]) -> dict[str, Any]:
    return {
        "rows": portfolio.portfolio(order),
        "groups": portfolio.exclusion_groups(),
        "exclusions": portfolio.exclusions(),
        "stops": [one for one in order if one.blocks_all_below],
        "now": clock.now(),
    }


def _ordered(ranked: Sequence[Segment], slugs: Sequence[str]) -> list[Segment]:
    """The stored segments in the order that was sent; what the sender did not know of keeps its place at the end."""
    places = {slug: place for place, slug in enumerate(slugs)}
    return sorted(ranked, key=lambda one: places.get(one.slug, len(places)))


def _moved(order: list[Segment], move: str) -> list[Segment]:
    """The order after one step: `vip:-1` moves it up, `vip:1` down."""
    slug, _, step = move.partition(":")
    place = next((index for index, one in enumerate(order) if one.slug == slug), None)
    if place is not None and step in ("-1", "1"):
        order = list(order)
        order.insert(max(place + int(step), 0), order.pop(place))
    return order


def _to_governance(request: HttpRequest) -> HttpResponse:
    answer = redirect("campaigns:governance")
    return HttpResponseClientRedirect(answer.url) if wants_part(request) else answer
