"""The builder: the page that draws a rule, and what it asks of the server as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from common import clock
from common.htmx import render
from customers.roles import Right, account, allowed, may
from segmentation.draft_preview import detail_answer, faults_answer, number_answer
from segmentation.engines.cancellation import StoppedError, cancel, cancellable
from segmentation.errors import SegmentError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.catalogue import full_catalogue
from segmentation.queries.reviews import last_review, to_do_of
from segmentation.queries.suggestions import attributes_like
from segmentation.rules.describe import sentence
from segmentation.rules.faults import RuleError
from segmentation.rules.operators import builder_table
from segmentation.rules.parse import parse
from segmentation.save import save_draft
from segmentation.templatetags.segments import person_name
from segmentation.views.listing import EVERYONE
from segmentation.views.segment import segment_named

CHANNELS = ("email", "sms", "push")
MOST_ATTRIBUTES = 1000
MOST_BYTES = 500_000


@allowed()
def builder(request: HttpRequest, slug: str) -> HttpResponse:
    """The rule as sentences and as JSON, its size, its funnel, ten people on either side."""
    segment = segment_named(slug)
    if segment.kind == Segment.Kind.STATIC:
        return redirect("segmentation:overview", slug)
    last = last_review(segment)
    context = {"segment": segment, "data": _data(request, segment), "last": last, "to_do": to_do_of(segment, last)}
    return render(request, "segmentation/builder.html", context)


def _data(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """What the page's script starts with. Suggestions are asked for as somebody types."""
    known = Segment.objects.exclude(status=Status.ARCHIVED).exclude(pk=segment.pk).order_by("name")
    return {
        "rule": segment.rule or EVERYONE,
        "editable": may(request.user, Right.EDIT) and segment.status != Status.ARCHIVED,
        "revision": segment.draft_revision,
        "token": get_token(request),
        "operators": builder_table(),
        "attributes": attributes_like("", limit=MOST_ATTRIBUTES),
        "segments": list(known.values("slug", "name", "status")),
        "channels": CHANNELS,
        "urls": {
            "draft": reverse("segmentation:draft", args=[segment.slug]),
            "preview": reverse("segmentation:preview", args=[segment.slug]),
            **{
                name: reverse(f"segmentation:suggest-{name}")
                for name in ("events", "properties", "attributes", "values", "conditions")
            },
        },
    }


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request; an empty one where it is none."""
    try:
        body = json.loads(request.body) if len(request.body) <= MOST_BYTES else {}
    except (ValueError, RecursionError):
        body = {}
    return body if isinstance(body, dict) else {}


@require_http_methods(["PUT"])
@allowed()
def draft(request: HttpRequest, slug: str) -> JsonResponse:
    """Keep the draft. 409 with the stored one where somebody saved meanwhile: nobody's work is overwritten."""
    segment, body = segment_named(slug), _body(request)
    rule, revision = body.get("rule"), body.get("revision")
    if not isinstance(rule, dict) or not isinstance(revision, int):
        return JsonResponse({"detail": "A draft needs a rule and the revision it began from."}, status=400)
    try:
        saved = save_draft(segment=segment, rule=rule, revision=revision, by=account(request), now=clock.now())
    except SegmentError as error:
        if error.code != "stale":
            return JsonResponse({"detail": error.message, "code": error.code}, status=422)
        return JsonResponse({"detail": error.message, "code": error.code, **_stored(slug)}, status=409)
    return JsonResponse({"revision": saved.draft_revision, "saved_at": saved.draft_saved_at})


def _stored(slug: str) -> dict[str, Any]:
    """The draft that stands in the way, with who saved it and when."""
    stored = segment_named(slug)
    return {
        "rule": stored.rule,
        "revision": stored.draft_revision,
        "sentence": _said(stored.rule),
        "by": person_name(stored.draft_saved_by),
        "saved_at": stored.draft_saved_at,
    }


def _said(rule: Any) -> str:
    try:
        return sentence(parse(rule, catalogue=full_catalogue()))
    except RuleError:
        return "a rule that is not finished"


@require_http_methods(["POST", "DELETE"])
@allowed(write=Right.READ)
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The numbers of a rule that is being drawn. A newer question of the same window stops the statement of the one
    before, whether it can be counted or not; DELETE too."""
    segment, body = segment_named(slug), _body(request)
    window = str(body.get("page") or request.GET.get("page", ""))[:40]
    name = f"preview:{request.user.pk}:{segment.pk}:{window}"
    if request.method == "DELETE":
        cancel(name)
        return HttpResponse(status=204)
    try:
        rule = parse(body.get("rule"), catalogue=full_catalogue())
        with cancellable(name):
            answer = detail_answer if body.get("part") == "detail" else number_answer
            return JsonResponse(answer(rule=rule, segment=segment, now=clock.now()))
    except RuleError as error:
        cancel(name)
        return JsonResponse(faults_answer(error))
    except StoppedError:
        return JsonResponse({"detail": "Counting was stopped."}, status=409)
