"""Reviews over REST: the queue, the evidence, earlier reviews, and the decision."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.represent import queued_as_json, review_as_json
from campaigns.queries.evidence import PARTS, as_stored, evidence_of, findings_of
from common import clock
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from segmentation.api.described import Strict, StrictText, checked
from segmentation.api.refusals import refusals, segment_at
from segmentation.models import Review, Segment
from segmentation.queries.listing import Size, sizes_of
from segmentation.queries.reviews import DUE, queue, standings
from segmentation.review import Decided, review

# Those without a date first: an empty text is before every day.
BY_DUE = Order(("due_on", "pk"))
NEWEST = Order(("at", "pk"), descending=True)


class ReviewAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    segment = serializers.CharField()
    decision = serializers.ChoiceField(Review.Decision.values)
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    next_review_on = serializers.DateField(allow_null=True)
    follow_ups = serializers.ListField(child=serializers.CharField(), help_text="the drafts of a merge or a split")
    evidence = serializers.DictField(help_text="the numbers that whoever decided had before them")


class Queued(serializers.Serializer[Any]):
    segment = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    folder = serializers.CharField()
    review_on = serializers.DateField(allow_null=True)
    due = serializers.ChoiceField(list(DUE))
    to_do = serializers.CharField(help_text="what the last decision leaves to be done; empty where it is done")
    size = serializers.DictField(child=serializers.IntegerField())
    findings = serializers.IntegerField(help_text="how many, but for those that were dismissed")
    last = ReviewAnswer(allow_null=True)


class ReviewOrder(Strict):
    decision = serializers.ChoiceField(Review.Decision.values)
    reason = StrictText(max_length=2000)
    next_review_on = serializers.DateField(required=False, help_text="in 90 days, unless it is given")
    condition = serializers.DictField(required=False, help_text="of a split: a node of the rule language")
    known = serializers.IntegerField(
        required=False, min_value=0, help_text="the id of the last review known; 0 for none"
    )

    def get_fields(self) -> dict[str, Any]:
        """`with` is no name that a class can have."""
        partners = serializers.ListField(child=StrictText(), required=False, allow_empty=False, max_length=20)
        return {**super().get_fields(), "with": partners}


def decided_of(order: dict[str, Any]) -> Decided:
    """The decision that a body writes down. Raises ProblemError where a segment of `with` is none."""
    partners = [segment_at(slug) for slug in order.get("with", ())]
    told = {name: order[name] for name in ("decision", "reason", "next_review_on", "condition") if name in order}
    return Decided(merged_with=partners, **told)


class ReviewsView(ApiView):
    """`/api/reviews/`"""

    @extend_schema(
        operation_id="reviews_queue",
        summary="Live and paused segments by the date of their next review",
        parameters=[
            OpenApiParameter("owner", description="a user name, or `nobody`"),
            OpenApiParameter("folder"),
            *PAGING,
        ],
        responses=page_shape("ReviewQueue", Queued),
    )
    def get(self, request: Request) -> Response:
        """Those without a date first, then the longest overdue."""
        now = clock.now()
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("owner", "folder")}
        due_on = Coalesce(Cast("review_on", CharField()), Value(""))
        rows: QuerySet[Segment] = queue(now=now, **asked).annotate(due_on=due_on)
        return self.page_at_once(request, rows, BY_DUE, partial(_queued, now=now))


def _queued(segments: list[Segment], *, now: datetime) -> list[dict[str, Any]]:
    held = [one.pk for one in segments]
    sizes, findings = sizes_of(held), findings_of(held, now=now)
    return [
        queued_as_json(one, sizes.get(one.segment.pk, Size()), findings.get(one.segment.pk, 0))
        for one in standings(segments, now=now)
    ]


class SegmentReviewsView(ApiView):
    """`/api/segments/{slug}/reviews/`"""

    @extend_schema(
        operation_id="segments_reviews",
        summary="What was decided of a segment, newest first",
        parameters=PAGING,
        responses=page_shape("ReviewPage", ReviewAnswer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Each decision with its reason and the numbers that were seen."""
        rows = segment_at(slug).reviews.select_related("by", "segment").prefetch_related("follow_ups")
        return self.page(request, rows, NEWEST, review_as_json)

    @extend_schema(
        operation_id="segments_review",
        summary="Decide a review",
        request=ReviewOrder,
        responses={201: ReviewAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Keep, change, merge (`with`), split (`condition`) or retire a segment, with the reason.

        With `known`, a decision of somebody else since is refused with who decided what. The evidence of this moment is kept.
        """
        order, now = checked(ReviewOrder, body_of(request)), clock.now()
        segment, known = segment_at(slug), order.pop("known", None)
        decided = decided_of(order)
        evidence = as_stored(evidence_of(segment, now=now))
        with refusals(rule_at="/condition"):
            kept = review(
                segment=segment, decided=decided, known=known, evidence=evidence, by=actor_of(request), now=now
            )
        return Response(review_as_json(kept), status=201)


class EvidenceAnswer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    as_of = serializers.DateTimeField()
    size = serializers.DictField(child=serializers.IntegerField())

    def get_fields(self) -> dict[str, Any]:
        """The fields, with one for each part of the evidence."""
        return {**super().get_fields(), **{name: serializers.DictField() for name in PARTS}}


class EvidenceView(ApiView):
    """`/api/segments/{slug}/reviews/evidence/`"""

    @extend_schema(
        operation_id="segments_evidence",
        summary="The evidence of a segment's review",
        responses=EvidenceAnswer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """KPI, movement, messages, findings and overlaps since the last review, or for 90 days."""
        return Response(as_stored(evidence_of(segment_at(slug), now=clock.now())))
