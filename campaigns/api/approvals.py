"""What waits for an approval, and what is said about a journey, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import approvals
from campaigns.api.refusals import journey_at, refusals
from campaigns.queries.awaiting import Awaiting, awaiting
from common import clock
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of, caller
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from customers.api.represent import username
from segmentation.api.approvals import CommentAnswer, CommentOrder, comment_as_json
from segmentation.api.described import checked

OLDEST = Order(("id",))


class AwaitingAnswer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["journey", "rule"])
    slug = serializers.CharField(help_text="of the journey, or of the segment")
    name = serializers.CharField()
    says = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    may_approve = serializers.BooleanField()
    why_not = serializers.CharField(help_text="empty where the caller may approve it")


class AwaitingList(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    results = AwaitingAnswer(many=True)


class ApprovalsView(ApiView):
    """`/api/approvals/`"""

    @extend_schema(operation_id="approvals_list", summary="What waits for an approval", responses=AwaitingList)
    def get(self, request: Request) -> Response:
        """Journeys in review and rules that were sent, the longest waiting first, and whether the caller may approve each."""
        rows = awaiting(reader=caller(request))
        return Response({"as_of": clock.now(), "results": [_as_json(row) for row in rows]})


class JourneyCommentsView(ApiView):
    """`/api/journeys/{slug}/comments/`"""

    @extend_schema(
        operation_id="journeys_comments",
        summary="What was said about a journey, oldest first",
        parameters=PAGING,
        responses=page_shape("JourneyCommentPage", CommentAnswer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every comment on the journey."""
        return self.page(request, journey_at(slug).comments.select_related("by"), OLDEST, comment_as_json)

    @extend_schema(
        operation_id="journeys_comment",
        summary="Say something about a journey",
        request=CommentOrder,
        responses={201: CommentAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Plain text, kept in the journey's history; it is never edited afterwards."""
        order = checked(CommentOrder, body_of(request))
        with refusals():
            said = approvals.comment(journey=journey_at(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(comment_as_json(said), status=201)


def _as_json(row: Awaiting) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "slug": row.slug,
        "name": row.name,
        "says": row.says,
        "by": username(row.by),
        "at": row.at,
        "may_approve": bool(row.answer),
        "why_not": row.answer.why,
    }
