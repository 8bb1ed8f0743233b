"""Journeys over REST: list, make, read, edit, delete, and their way through the approval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.utils.text import slugify
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import approvals, save
from campaigns.api import described
from campaigns.api.refusals import journey_at, refusals
from campaigns.api.represent import FLOW, journey_as_json, whole_journey_as_json
from campaigns.models import Journey
from campaigns.models.journey import Status
from common import clock
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from segmentation.api.described import checked

OLDEST = Order(("id",))
Verb = Callable[..., Any]


class JourneysView(ApiView):
    """`/api/journeys/`"""

    @extend_schema(
        operation_id="journeys_list",
        summary="Journeys, oldest first",
        parameters=[OpenApiParameter("status", enum=list(Status.values)), *PAGING],
        responses=page_shape("JourneyPage", described.JourneyAnswer),
    )
    def get(self, request: Request) -> Response:
        """Every journey; `status` takes those of one status."""
        rows = Journey.objects.select_related("live_version")
        wanted = request.query_params.get("status", "")
        if wanted:
            rows = rows.filter(status=wanted if wanted in Status.values else None)
        return self.page(request, rows, OLDEST, journey_as_json)

    @extend_schema(
        operation_id="journeys_create",
        summary="Make a journey",
        request=described.JourneyNew,
        responses={201: described.JourneyAnswer},
    )
    def post(self, request: Request) -> Response:
        """Make a draft. Every fault of its flow is named by a pointer."""
        values = checked(described.JourneyNew, body_of(request))
        slug = values.get("slug") or slugify(values["name"])[: save.LONGEST_SLUG].strip("-_")
        with refusals():
            journey = save.create_journey(
                slug=slug, name=values["name"], document=_flow(values), by=actor_of(request), now=clock.now()
            )
        return Response(whole_journey_as_json(journey), status=201)


class JourneyView(ApiView):
    """`/api/journeys/{slug}/`"""

    @extend_schema(operation_id="journeys_read", summary="One journey", responses=described.JourneyAnswer)
    def get(self, request: Request, slug: str) -> Response:
        """What a journey says, in JSON and in English, and all that was decided about it."""
        return Response(whole_journey_as_json(journey_at(slug)))

    @extend_schema(
        operation_id="journeys_edit",
        summary="Edit a journey",
        request=described.JourneyEdit,
        responses=described.JourneyAnswer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Set what the body names. A changed flow takes an approval back, and the journey returns to review."""
        values, journey = checked(described.JourneyEdit, body_of(request)), journey_at(slug)
        changed = _flow(values)
        with refusals():
            save.save_journey(
                journey=journey,
                name=values.get("name"),
                document={**journey.document, **changed} if changed else None,
                revision=values.get("revision"),
                by=actor_of(request),
                now=clock.now(),
            )
        return Response(whole_journey_as_json(journey_at(slug)))

    @extend_schema(operation_id="journeys_delete", summary="Delete an unused journey", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Delete a journey that nobody was ever on; one that reached people is ended instead, so its history stays."""
        with refusals():
            save.delete_journey(journey=journey_at(slug), by=actor_of(request), now=clock.now())
        return Response(status=204)


class _StepView(ApiView):
    """One step of a journey's life."""

    def step(self, request: Request, slug: str, shape: Any, verb: Verb) -> Response:
        """Check the order, take the step, answer with the journey."""
        order = checked(shape, body_of(request) if request.data else {})
        with refusals():
            _take(verb, journey_at(slug), order, by=actor_of(request), now=clock.now())
        return Response(whole_journey_as_json(journey_at(slug)))


class SubmitView(_StepView):
    """`/api/journeys/{slug}/submit/`"""

    @extend_schema(
        operation_id="journeys_submit",
        summary="Ask for approval",
        request=described.SubmitOrder,
        responses=described.JourneyAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the flow, the words of its templates and the segment's rule, and put it in review."""
        return self.step(request, slug, described.SubmitOrder, approvals.submit)


class ApproveView(_StepView):
    """`/api/journeys/{slug}/approve/`"""

    @extend_schema(
        operation_id="journeys_approve",
        summary="Approve, and start",
        request=described.ApproveOrder,
        responses=described.JourneyAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Approve what is in review; never by somebody who wrote, edited or submitted it. It is live at once unless
        `start` is false."""
        return self.step(request, slug, described.ApproveOrder, approvals.approve)


class RejectView(_StepView):
    """`/api/journeys/{slug}/reject/`"""

    @extend_schema(
        operation_id="journeys_reject",
        summary="Send back with a reason",
        request=described.ReasonOrder,
        responses=described.JourneyAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Send a journey in review back to draft; the reason is needed and kept."""
        return self.step(request, slug, described.ReasonOrder, _reject)


class LifeView(_StepView):
    """`/api/journeys/{slug}/pause/`, `/resume/`, `/end/`"""

    action = "pause"
    verbs: ClassVar[Mapping[str, Verb]] = {
        "pause": approvals.pause,
        "resume": lambda reason="", **rest: approvals.resume(**rest),
        "end": approvals.end,
    }

    @extend_schema(
        summary="Pause, resume or end a journey", request=described.ReasonOrder, responses=described.JourneyAnswer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Pause holds everybody where they are, resume lets them go on (and starts what waits approved), end stops all."""
        return self.step(request, slug, described.ReasonOrder, self.verbs[self.action])


def _take(verb: Verb, journey: Journey, order: Mapping[str, Any], *, by: User, now: datetime) -> None:
    words = {"seen" if key == "digest" else key: value for key, value in order.items()}
    verb(journey=journey, by=by, now=now, **words)


def _reject(*, journey: Journey, by: User, now: datetime, reason: str = "") -> None:
    approvals.reject(journey=journey, by=by, now=now, reason=reason)


def _flow(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in FLOW if key in values}
