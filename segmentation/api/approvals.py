"""Four eyes for rules over REST: submit, approve, send back, withdraw, speak about it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from customers.api.represent import username
from segmentation import approvals
from segmentation.api import described
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import job_as_json
from segmentation.errors import SegmentError
from segmentation.models import PublishComment, PublishRequest
from segmentation.queries.publish_requests import requests_of, waiting_of
from segmentation.rebuild import run_now_if_small

NEWEST = Order(("id",), descending=True)
OLDEST = Order(("id",))


class RuleSubmitOrder(described.PublishNote):
    """A note to the approver, and whether those who enter start no journey."""


class RuleApproveOrder(described.Strict):
    reason = described.StrictText(required=False, allow_blank=True, max_length=2000)
    digest = described.StrictText(required=False, help_text="of the rule that was read; another one is not approved")


class RuleReasonOrder(described.Strict):
    reason = described.StrictText(required=False, allow_blank=True, max_length=2000)


class CommentOrder(described.Strict):
    text = described.StrictText(max_length=approvals.LONGEST)


class CommentAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    text = serializers.CharField()


class RequestAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    segment = serializers.CharField()
    state = serializers.ChoiceField(PublishRequest.State.values)
    rule = serializers.JSONField()
    digest = serializers.CharField()
    sentence = serializers.CharField()
    note = serializers.CharField()
    silent = serializers.BooleanField()
    asked_by = serializers.CharField(allow_null=True)
    asked_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)


class ApprovedAnswer(RequestAnswer):
    job = described.JobAnswer()


class RequestsView(ApiView):
    """`/api/segments/{slug}/approvals/`"""

    @extend_schema(
        operation_id="segments_approvals",
        summary="Rules sent for approval, newest first",
        parameters=PAGING,
        responses=page_shape("PublishRequestPage", RequestAnswer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every rule of the segment that was sent for approval, with what became of it, when and why."""
        return self.page(request, requests_of(segment_at(slug)), NEWEST, request_as_json)


class SubmitView(ApiView):
    """`/api/segments/{slug}/submit/`"""

    @extend_schema(
        operation_id="segments_submit",
        summary="Send the draft for approval",
        request=RuleSubmitOrder,
        responses=RequestAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask somebody else to approve the draft, as it stands. An edit of the draft withdraws it; where nothing changed,
        the answer is the request that waits already."""
        order = described.checked(RuleSubmitOrder, body_of(request) if request.data else {})
        with refusals():
            asked = approvals.submit(segment=segment_at(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(request_as_json(asked))


class ApproveView(ApiView):
    """`/api/segments/{slug}/approve/`"""

    @extend_schema(
        operation_id="segments_approve",
        summary="Approve the rule that waits, and publish it",
        request=RuleApproveOrder,
        responses=ApprovedAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Publish the rule that waits; never by somebody who wrote at the draft or asked for it (`four_eyes`)."""
        order, now = described.checked(RuleApproveOrder, body_of(request) if request.data else {}), clock.now()
        words = {"reason": order.get("reason", ""), "seen": order.get("digest", "")}
        with refusals():
            asked = _waiting(slug)
            job = approvals.approve(request=asked, by=actor_of(request), now=now, **words)
        run_now_if_small(job=job, now=now)
        job.refresh_from_db()
        approved = requests_of(segment_at(slug)).get(pk=asked.pk)
        return Response({**request_as_json(approved), "job": job_as_json(job)})


class DecideView(ApiView):
    """`/api/segments/{slug}/reject/`, `/withdraw/`"""

    action = "reject"

    @extend_schema(summary="Send back, or withdraw", request=RuleReasonOrder, responses=RequestAnswer)
    def post(self, request: Request, slug: str) -> Response:
        """Reject sends the rule back to its author with a reason, which is needed; withdraw takes it back. The draft stays."""
        order = described.checked(RuleReasonOrder, body_of(request) if request.data else {})
        verb = approvals.reject if self.action == "reject" else approvals.withdraw
        with refusals():
            decided = verb(
                request=_waiting(slug), by=actor_of(request), reason=order.get("reason", ""), now=clock.now()
            )
        return Response(request_as_json(decided))


class CommentsView(ApiView):
    """`/api/segments/{slug}/comments/`"""

    @extend_schema(
        operation_id="segments_comments",
        summary="What was said about the rules sent for approval, oldest first",
        parameters=PAGING,
        responses=page_shape("PublishCommentPage", CommentAnswer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Comments on every rule of the segment that was sent for approval."""
        rows = PublishComment.objects.filter(request__segment=segment_at(slug)).select_related("by")
        return self.page(request, rows, OLDEST, comment_as_json)

    @extend_schema(
        operation_id="segments_comment",
        summary="Say something about the rule that waits",
        request=CommentOrder,
        responses={201: CommentAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Plain text; it is never edited afterwards."""
        order = described.checked(CommentOrder, body_of(request))
        with refusals():
            said = approvals.comment(request=_waiting(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(comment_as_json(said), status=201)


def request_as_json(row: PublishRequest) -> dict[str, Any]:
    """A rule that was sent for approval, and what became of it."""
    return {
        "id": row.pk,
        "segment": row.segment.slug,
        "state": row.state,
        "rule": row.rule,
        "digest": row.rule_hash,
        "sentence": row.sentence,
        "note": row.note,
        "silent": row.silent,
        "asked_by": username(row.asked_by),
        "asked_at": row.asked_at,
        "decided_by": username(row.decided_by),
        "decided_at": row.decided_at,
        "reason": row.reason,
        "version": row.version.number if row.version else None,
    }


def comment_as_json(row: Any) -> dict[str, Any]:
    """What somebody said, of a rule or of a journey."""
    return {"id": row.pk, "by": username(row.by), "at": row.at, "text": row.text}


def _waiting(slug: str) -> PublishRequest:
    found = waiting_of(segment_at(slug))
    if found is None:
        raise SegmentError("nothing_waits", "No rule of this segment waits for approval: submit its draft first.")
    return found
