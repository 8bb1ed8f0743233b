"""Splitting a segment at its review: a typed condition, both sides counted, the decision."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from campaigns.forms import SplitForm
from campaigns.queries.division import best_division
from campaigns.views.reviews import said_of
from common import clock
from common.asked import text_in
from common.htmx import render
from customers.roles import account, allowed
from segmentation.errors import SegmentError
from segmentation.models import Review, Segment
from segmentation.preview import preview
from segmentation.propose import Proposal, propose
from segmentation.queries.reviews import last_review
from segmentation.review import Decided, review
from segmentation.rules.describe import phrase
from segmentation.rules.faults import RuleError
from segmentation.split import condition_of, halves
from segmentation.views.segment import segment_named

MOST_TEXT = 200
MOST_CONDITION = 20_000


@allowed()
def split_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What divides the segment, typed or proposed, with both sides; POST splits it."""
    segment = segment_named(slug)
    if request.method != "POST":
        return _page(request, segment, _asked(request), None)
    form = SplitForm(request.POST)
    if not form.is_valid():
        return _page(request, segment, request.POST.get("condition", "")[:MOST_CONDITION], form)
    values = form.cleaned_data
    decided = Decided(Review.Decision.SPLIT, values["reason"], condition=_document(values["condition"]))
    try:
        kept = review(segment=segment, decided=decided, known=values["known"], by=account(request), now=clock.now())
    except (SegmentError, RuleError) as error:
        form.add_error(None, error.message)
        return _page(request, segment, values["condition"], form)
    messages.success(request, said_of(kept))
    return redirect("campaigns:review", slug)


def _page(request: HttpRequest, segment: Segment, condition: str, form: SplitForm | None) -> HttpResponse:
    typed, last = text_in(request.GET.get("q", ""))[:MOST_TEXT], last_review(segment)
    found = propose(text=typed, now=clock.now()) if typed else []
    sentence, faults = _sentence(condition)
    counted = f"{reverse('campaigns:review_halves', args=[segment.slug])}?{urlencode({'condition': condition})}"
    unbound = SplitForm(initial={"condition": condition, "known": last.pk if last else 0})
    context = {
        "segment": segment,
        "typed": typed,
        "proposals": [{"sentence": _said(one), "text": json.dumps(_node(one))} for one in found],
        "condition": condition,
        "sentence": sentence,
        "faults": faults or ([] if form is None or condition else ["Choose the condition first."]),
        "counted": counted,
        "form": form or unbound,
    }
    status = 422 if form is not None else 200
    return render(request, "campaigns/review_split.html", context, part="found", status=status)


def _asked(request: HttpRequest) -> str:
    return text_in(request.GET.get("condition", ""))[:MOST_CONDITION]


def _node(proposal: Proposal) -> dict[str, Any]:
    """A proposal that leaves customers out is the condition that it does not hold of them."""
    if proposal.side == "exclude":
        return {"op": "none", "conditions": [proposal.node]}
    return proposal.node


def _said(proposal: Proposal) -> str:
    return proposal.sentence if proposal.side == "include" else f"not: {proposal.sentence}"


def _document(condition: str) -> dict[str, Any]:
    """The condition of an address or a form; what is no object says nothing, which the rule language refuses in words."""
    try:
        found = json.loads(condition)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sentence(condition: str) -> tuple[str, list[str]]:
    """What a condition says; or what is wrong with it."""
    if not condition:
        return "", []
    try:
        return phrase(condition_of(_document(condition))), []
    except RuleError as error:
        return "", [fault.message for fault in error.faults]


@allowed()
def split_halves(request: HttpRequest, slug: str) -> HttpResponse:
    """How many are on either side; a part, since both rules are evaluated over everybody."""
    segment, now = segment_named(slug), clock.now()
    context: dict[str, Any] = {"segment": segment, "now": now}
    try:
        rules = halves(segment, condition_of(_document(_asked(request))))
        found = [preview(rule=rule, now=now, sample=0, funnel=False) for rule in rules]
    except (SegmentError, RuleError) as error:
        context["refused"] = error.message
    else:
        names = ("Those it holds for", "The others")
        context["sides"] = [
            {"name": name, "count": one.count, "reach": one.reach} for name, one in zip(names, found, strict=True)
        ]
        context["whole"] = sum(one.count for one in found)
        context["one_sided"] = context["whole"] and not all(one.count for one in found)
    return render(request, "campaigns/review_halves.html", context, part="halves")


@allowed()
def split_division(request: HttpRequest, slug: str) -> HttpResponse:
    """The condition by which those who were written to answered differently, where there is a clear one."""
    segment = segment_named(slug)
    division = best_division(segment, clock.now())
    context = {"segment": segment, "division": division, "text": json.dumps(division.condition) if division else ""}
    return render(request, "campaigns/review_division.html", context, part="division")
