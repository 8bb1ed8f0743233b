"""The rule that waits for an approval: before and after, who would come and go, what was said, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import text_in
from common.htmx import render
from customers.permissions import permission
from customers.roles import Right, account, allowed
from segmentation import approvals
from segmentation.errors import SegmentError
from segmentation.models import PublishComment, PublishRequest
from segmentation.queries.catalogue import catalogue
from segmentation.queries.publish_requests import requests_of
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from segmentation.views.publishing import looked_at
from segmentation.views.segment import segment_named
from segmentation.views.versions import NOTHING, differences

SAID = {
    "approve": "Approved and published. The membership is being brought in line with the new rule.",
    "reject": "Sent back with your reason.",
    "withdraw": "Withdrawn. The draft is kept.",
    "comment": "Said.",
}
SHOWN = 20


@allowed()
def approval(request: HttpRequest, slug: str) -> HttpResponse:
    """What an approval would make true; where nothing waits any more, what became of what did."""
    segment, now = segment_named(slug), clock.now()
    said = Prefetch("comments", PublishComment.objects.select_related("by").order_by("pk"))
    history = list(requests_of(segment).prefetch_related(said)[:SHOWN])
    if not history:
        raise Http404("No rule of this segment was ever sent for approval.")
    asked = history[0]
    waits = asked.state == PublishRequest.State.WAITING
    context: dict[str, Any] = {"segment": segment, "asked": asked, "waits": waits, "history": history, "now": now}
    context["answers"] = {deed: permission(to=deed, object=asked, by=request.user) for deed in SAID}
    if waits:
        segment.rule = asked.rule
        context |= looked_at(segment, now) | {"lines": _changed(asked)}
    return render(request, "segmentation/approval.html", context)


def _changed(asked: PublishRequest) -> list[tuple[str, str]]:
    """What differs from the rule that is live, line by line; a first rule is all new."""
    version = asked.segment.live_version
    return differences(_rule(version.rule) if version else NOTHING, _rule(asked.rule))


def _rule(document: Any) -> Rule:
    try:
        return parse(document, catalogue=catalogue())
    except RuleError:
        return NOTHING


@require_POST
def approval_step(request: HttpRequest, slug: str, step: str) -> HttpResponseBase:
    """One decision or word, by one button."""
    return _decide(request, slug, step) if step in ("approve", "reject") else _say(request, slug, step)


@allowed(write=Right.APPROVE)
def _decide(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    return _taken(request, slug, step)


@allowed()
def _say(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    return _taken(request, slug, step)


def _taken(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Take the step and say what came of it."""
    asked = requests_of(segment_named(slug)).first()
    if asked is None:
        raise Http404("No rule of this segment was ever sent for approval.")
    try:
        _step(step, asked, request.POST, by=account(request), now=clock.now())
    except (SegmentError, RuleError) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, SAID[step])
    return redirect("segmentation:approval", slug)


def _step(step: str, asked: PublishRequest, told: Any, *, by: User, now: datetime) -> None:
    reason = text_in(told.get("reason", "")).strip()[: approvals.LONGEST]
    steps: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "approve": (approvals.approve, {"reason": reason, "seen": told.get("digest", "")}),
        "reject": (approvals.reject, {"reason": reason}),
        "withdraw": (approvals.withdraw, {"reason": reason}),
        "comment": (approvals.comment, {"text": told.get("text", "")}),
    }
    verb, words = steps[step]
    verb(request=asked, by=by, now=now, **words)
