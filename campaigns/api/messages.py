"""Words and messages over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import save
from campaigns.api import described
from campaigns.api.refusals import refusals, template_at
from campaigns.api.represent import message_as_json, template_as_json
from campaigns.models import Message, Template
from common import clock
from common.pagination import Order
from common.problem import Problem, ProblemError
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from customers.api.paths import customer_at
from segmentation.api.described import checked

OLDEST, NEWEST = Order(("id",)), Order(("planned_at", "id"), descending=True)
WORDS = ("name", "channel", "subject", "body")


class TemplatesView(ApiView):
    """`/api/templates/`"""

    @extend_schema(
        operation_id="templates_list",
        summary="Templates, oldest first",
        parameters=PAGING,
        responses=page_shape("TemplatePage", described.TemplateAnswer),
    )
    def get(self, request: Request) -> Response:
        """The words of all messages."""
        return self.page(request, Template.objects.select_related("edited_by"), OLDEST, template_as_json)

    @extend_schema(
        operation_id="templates_create",
        summary="Make a template",
        request=described.TemplateNew,
        responses={201: described.TemplateAnswer},
    )
    def post(self, request: Request) -> Response:
        """Keep words, in Liquid; a fault in them is told with its line."""
        values = checked(described.TemplateNew, body_of(request))
        words = {key: values[key] for key in WORDS if key in values}
        with refusals():
            template = save.save_template(slug=values["slug"], by=actor_of(request), now=clock.now(), new=True, **words)
        return Response(template_as_json(template), status=201)


class TemplateView(ApiView):
    """`/api/templates/{slug}/`"""

    @extend_schema(operation_id="templates_read", summary="One template", responses=described.TemplateAnswer)
    def get(self, request: Request, slug: str) -> Response:
        """The words of one message."""
        return Response(template_as_json(template_at(slug)))

    @extend_schema(
        operation_id="templates_edit",
        summary="Edit a template",
        request=described.TemplateEdit,
        responses=described.TemplateAnswer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Set what the body names. Changed words send the journeys that use them back to review."""
        template = template_at(slug)
        values = checked(described.TemplateEdit, body_of(request))
        words: dict[str, Any] = {key: values.get(key, getattr(template, key)) for key in WORDS}
        with refusals():
            save.save_template(slug=slug, by=actor_of(request), now=clock.now(), **words)
        return Response(template_as_json(template_at(slug)))

    @extend_schema(operation_id="templates_delete", summary="Delete an unused template", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Delete words that no journey sends."""
        with refusals():
            save.delete_template(template=template_at(slug), by=actor_of(request), now=clock.now())
        return Response(status=204)


class MessagesView(ApiView):
    """`/api/messages/`"""

    @extend_schema(
        operation_id="messages_list",
        summary="Messages, newest first",
        parameters=[OpenApiParameter("state", enum=described.STATES), OpenApiParameter("journey"), *PAGING],
        responses=page_shape("MessagePage", described.MessageAnswer),
    )
    def get(self, request: Request) -> Response:
        """Messages of all customers, with why each was withheld."""
        rows, wanted = _messages(), request.query_params
        state = wanted.get("state", "")
        if state and state not in described.STATES:
            faults = [("/state", f"Give one of {', '.join(described.STATES)}.")]
            raise ProblemError(Problem("bad_state", "A parameter cannot be used.", 400, faults))
        if state:
            rows = rows.filter(state__in=("planned", "sending") if state == "planned" else (state,))
        if wanted.get("journey"):
            rows = rows.filter(journey__slug=wanted["journey"].replace("\x00", ""))
        return self.page(request, rows, NEWEST, message_as_json)


class MessageView(ApiView):
    """`/api/messages/{id}/`"""

    @extend_schema(operation_id="messages_read", summary="One message", responses=described.MessageAnswer)
    def get(self, request: Request, number: int) -> Response:
        """One message."""
        found = _messages().filter(pk=number).first() if number < 2**63 else None
        if found is None:
            raise ProblemError(Problem("no_such_message", "There is no such message.", 404, detail=str(number)))
        return Response(message_as_json(found))


class CustomerMessagesView(ApiView):
    """`/api/customers/{id}/messages/`"""

    @extend_schema(
        operation_id="customers_messages",
        summary="Messages to one customer, newest first",
        parameters=PAGING,
        responses=page_shape("CustomerMessagePage", described.MessageAnswer),
    )
    def get(self, request: Request, reference: str) -> Response:
        """What a customer was sent, will be sent, and was not sent and why."""
        return self.page(request, _messages().filter(customer=customer_at(reference)), NEWEST, message_as_json)


def _messages() -> QuerySet[Message]:
    return Message.objects.select_related("customer", "journey")
