"""Segments merged into a draft, over REST."""

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
from segmentation.merge_segments import merge_segments


class MergeOrder(described.Strict):
    name = described.StrictText(
        required=False, allow_blank=True, max_length=200, help_text="“A or B” where none is given"
    )

    def get_fields(self) -> dict[str, Any]:
        """`with` is no name that a class can have."""
        slugs: Any = serializers.ListField(child=described.StrictText(max_length=80), allow_empty=False, max_length=20)
        return {"with": slugs, **super().get_fields()}


class MergeView(ApiView):
    """`/api/segments/{slug}/merge/`"""

    @extend_schema(
        operation_id="segments_merge",
        summary="Merge segments into a draft",
        request=MergeOrder,
        responses={201: described.SegmentAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a draft that holds whoever is in this segment or in those of `with`; its card is that of the highest rank.

        Nothing changes for the segments themselves until the draft is published and they are archived.
        """
        order, now = described.checked(MergeOrder, body_of(request)), clock.now()
        segments = [segment_at(one) for one in (slug, *order["with"])]
        with refusals():
            merged = merge_segments(segments=segments, name=order.get("name", ""), by=actor_of(request), now=now)
        return Response(segments_as_json([segment_at(merged.slug)], now=now)[0], status=201)
