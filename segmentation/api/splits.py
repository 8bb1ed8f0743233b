"""A segment split into two drafts, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView, actor_of, body_of
from segmentation.api import described
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import segments_as_json
from segmentation.split import split


class SplitOrder(described.Strict):
    condition = serializers.DictField(help_text="a node of the rule language")
    names = serializers.ListField(
        child=described.StrictText(max_length=200),
        required=False,
        min_length=2,
        max_length=2,
        help_text="of those of whom it holds, and of the others",
    )


class SplitAnswer(serializers.Serializer[Any]):
    segments = described.SegmentAnswer(many=True)


class SplitView(ApiView):
    """`/api/segments/{slug}/split/`"""

    @extend_schema(
        operation_id="segments_split",
        summary="Split a segment into two drafts",
        request=SplitOrder,
        responses={201: SplitAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make two drafts: those of the segment of whom the condition holds, and the others.

        Nothing changes for the segment itself until both are published and it is archived. The same split again answers
        with the drafts that are there.
        """
        order, now = described.checked(SplitOrder, body_of(request)), clock.now()
        segment = segment_at(slug)
        with refusals(rule_at="/condition"):
            made = split(segment=segment, by=actor_of(request), now=now, **order)
        return Response({"segments": segments_as_json([segment_at(one.slug) for one in made], now=now)}, status=201)
