"""Why a customer is in a segment, or what is missing: node by node, with the evidence, now or at a past instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from common import clock
from common.asked import whole_in
from common.htmx import render
from customers.models import Customer
from customers.queries.people import Wanted, customers_wanted
from customers.roles import allowed
from segmentation.explain import explain
from segmentation.forms import instant_of
from segmentation.history import state_at
from segmentation.models import Membership, Segment
from segmentation.queries.live_rules import rules_of
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.views.segment import segment_named, shared

MOST_FOUND = 20


@allowed()
def why(request: HttpRequest, slug: str) -> HttpResponse:
    """Find a customer, then the rule with a truth at each node."""
    segment, found = segment_named(slug), _found(request)
    context = shared(segment, "why", q=request.GET.get("q", ""), at=request.GET.get("at", ""), found=found)
    try:
        instant = instant_of(request.GET.get("at", ""))
    except ValueError:
        return render(request, "segmentation/why.html", {**context, "fault": "This is no date and time."}, status=422)
    person = _asked(request, found)
    if person is not None:
        context.update(_explained(segment, person, instant))
    return render(request, "segmentation/why.html", context)


def _found(request: HttpRequest) -> list[Customer]:
    wanted = Wanted.of(request.GET)
    return list(customers_wanted(wanted).order_by("-last_seen_at", "-id")[:MOST_FOUND]) if wanted.search else []


def _asked(request: HttpRequest, found: list[Customer]) -> Customer | None:
    """The customer named by number, or the only one that the search found."""
    key = whole_in(request.GET.get("customer", ""))
    if key is not None:
        return Customer.objects.filter(pk=key).first()
    return found[0] if len(found) == 1 else None


def _explained(segment: Segment, person: Customer, at: datetime | None) -> dict[str, Any]:
    """The explanation by the live rule, or why there is none."""
    version = segment.live_version
    if version is None:
        return {"fault": "It has no live rule yet: publish it first. The builder shows who would be in."}
    rule = rules_of({segment.pk: (version.pk, version.rule_hash)})[segment.pk]
    if not isinstance(rule, Rule):
        return {"fault": segment.error or "The live rule cannot be evaluated."}
    now = clock.now()
    instant = min(at or now, now)
    try:
        past = at is not None
        answer = explain(rule=rule, customer_id=person.pk, now=instant, stored_thresholds=not past, at_past=past)
    except RuleError as error:
        return {"fault": error.message}
    if past:
        state = state_at(segment=segment, customer_id=person.pk, at=instant)
    else:
        state = Membership.objects.filter(segment=segment, customer=person).values_list("state", flat=True).first()
    return {"customer": person, "answer": answer, "instant": instant, "state": state or ""}
