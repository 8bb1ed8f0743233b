"""Before and at publishing: who would enter, who would leave, what follows the segment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common import clock
from common.htmx import render
from customers.models import Customer
from customers.permissions import permission
from customers.roles import account, allowed
from segmentation.approvals import submit
from segmentation.cautions import cautions
from segmentation.drafts import publish_draft, without_neutral
from segmentation.effects import effect_of, movers_of
from segmentation.errors import SegmentError
from segmentation.forms import PublishForm
from segmentation.lifecycle import users_of
from segmentation.models import Segment
from segmentation.publish import checked
from segmentation.queries.base import base_size
from segmentation.queries.catalogue import full_catalogue
from segmentation.queries.listing import Size, sizes_of
from segmentation.rules.check import warnings
from segmentation.rules.describe import sentence
from segmentation.rules.faults import Fault, RuleError
from segmentation.rules.nodes import Rule
from segmentation.views.segment import segment_named
from segmentation.weigh import weigh

PUBLISHED = "Published. The membership is being brought in line with the new rule."
SENT = "Sent for approval. Somebody else decides now."
MOVED_MEANWHILE = "Somebody changed the draft after this page was opened. Look at it once more, then publish."


@allowed()
def publish_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What publishing would do; POST does it, if the draft is still the one that was looked at."""
    segment, now = segment_named(slug), clock.now()
    segment.rule = without_neutral(segment.rule)
    form = PublishForm(request.POST) if request.method == "POST" else PublishForm()
    answer, refused = permission(to="publish", object=segment, by=request.user), ""
    asks = answer.code == "four_eyes"
    if form.is_valid():
        refused = _publish(segment, form.cleaned_data, asks=asks, by=account(request), now=now)
        if not refused:
            messages.success(request, SENT if asks else PUBLISHED)
            return redirect("segmentation:approval" if asks else "segmentation:overview", slug)
    context: dict[str, Any] = {
        "segment": segment,
        "form": form,
        "refused": refused,
        "answer": answer,
        "now": now,
        **looked_at(segment, now),
    }
    return render(request, "segmentation/publish.html", context, status=409 if refused else 200)


def _publish(segment: Segment, wanted: dict[str, Any], *, asks: bool, by: User, now: datetime) -> str:
    """Publish, or ask for the approval that it takes; or say in a sentence why not."""
    verb: Any = submit if asks else publish_draft
    words = {"revision": wanted["revision"], "note": wanted["note"], "silent": wanted["entries"] == "silent"}
    try:
        verb(segment=segment, by=by, now=now, **words)
    except SegmentError as error:
        return MOVED_MEANWHILE if error.code == "stale" else error.message
    except RuleError as error:
        return error.message
    return ""


def looked_at(segment: Segment, now: datetime) -> dict[str, Any]:
    """The effect of the draft on everyone, or its faults."""
    try:
        rule = checked(segment, now=now)
    except RuleError as error:
        return {"faults": error.faults}
    except SegmentError as error:
        return {"faults": [Fault(error.pointer, error.message, error.code)]}
    effect, base = effect_of(rule=rule, segment=segment, now=now), base_size()
    return {
        "sentence": sentence(rule),
        "effect": effect,
        "cautions": cautions(rule=rule, segment=segment, effect=effect, base=base, now=now),
        "samples": _samples(rule, segment, now),
        "size": sizes_of([segment.pk]).get(segment.pk, Size()),
        "base": base,
        "users": users_of(segment),
        "warnings": [warning.message for warning in warnings(rule, full_catalogue())],
        "burdens": weigh(rule=rule, now=now),
    }


def _samples(rule: Rule, segment: Segment, now: datetime) -> list[tuple[str, list[Customer], str]]:
    """A few who enter and a few who leave, under their headings."""
    entering, leaving = movers_of(rule=rule, segment=segment, now=now)
    people = Customer.objects.in_bulk([*entering, *leaving])
    return [
        ("Some who enter", [people[key] for key in entering if key in people], "Nobody enters."),
        ("Some who leave", [people[key] for key in leaving if key in people], "Nobody leaves."),
    ]
