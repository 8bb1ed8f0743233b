"""The overlap report over REST: its numbers, and the customers behind one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.pagination import Order
from customers.api.base import ApiView
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from segmentation.api import described
from segmentation.api.parameters import bad_parameter
from segmentation.api.refusals import segment_at
from segmentation.api.represent import member_as_json
from segmentation.queries.overlap import STATUSES, Overlaps, in_exactly, overlap, segments_of

NEWEST = Order(("since", "customer_id"), descending=True)
STATES = ("qualified", "active")
MOST = 200
FILTERS = [
    OpenApiParameter("folder"),
    OpenApiParameter("channel"),
    OpenApiParameter(
        "status", enum=list(STATUSES), description="of the segments looked at; live where nothing is said"
    ),
]


class OverlapSize(serializers.Serializer[Any]):
    slug = serializers.CharField()
    qualified = serializers.IntegerField()
    active = serializers.IntegerField()


class OverlapPair(serializers.Serializer[Any]):
    a = serializers.CharField()
    b = serializers.CharField()
    both = serializers.IntegerField()
    share_of_a = serializers.FloatField()
    share_of_b = serializers.FloatField()
    jaccard = serializers.FloatField()


class OverlapIntersection(serializers.Serializer[Any]):
    segments = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField()


class Governed(serializers.Serializer[Any]):
    pairs = OverlapPair(many=True)
    intersections = OverlapIntersection(many=True)


class OverlapAnswer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    segments = OverlapSize(many=True)
    pairs = OverlapPair(many=True)
    intersections = OverlapIntersection(many=True)
    governed = Governed()


class OverlapView(ApiView):
    """`/api/reports/overlap/`"""

    @extend_schema(
        operation_id="reports_overlap",
        summary="How segments overlap, before and after governance",
        parameters=FILTERS,
        responses=OverlapAnswer,
    )
    def get(self, request: Request) -> Response:
        """All pairs in the order of ranks, and the 20 largest intersections: customers in exactly these segments."""
        report = overlap(now=clock.now(), **_asked(request))
        return Response(
            {
                "as_of": report.as_of,
                "segments": [
                    {
                        "slug": segment.slug,
                        "qualified": report.qualified.sizes[segment.pk],
                        "active": report.active.sizes[segment.pk],
                    }
                    for segment in report.segments
                ],
                **_overlaps(report.qualified),
                "governed": _overlaps(report.active),
            }
        )


def _overlaps(found: Overlaps) -> dict[str, Any]:
    pairs = [
        {
            "a": pair.a.slug,
            "b": pair.b.slug,
            "both": pair.both,
            "share_of_a": pair.share_of_a,
            "share_of_b": pair.share_of_b,
            "jaccard": pair.jaccard,
        }
        for pair in found.pairs
    ]
    several = [{"segments": [one.slug for one in each.segments], "count": each.count} for each in found.intersections]
    return {"pairs": pairs, "intersections": several}


class OverlapCustomersView(ApiView):
    """`/api/reports/overlap/customers/`"""

    @extend_schema(
        operation_id="reports_overlap_customers",
        summary="Customers who are in exactly some of the segments looked at",
        parameters=[
            OpenApiParameter("segments", required=True, description="slugs with commas between them"),
            OpenApiParameter("state", enum=STATES, description="active: in whom exactly these segments are active"),
            *FILTERS,
            *PAGING,
        ],
        responses=page_shape("OverlapCustomerPage", described.Member),
    )
    def get(self, request: Request) -> Response:
        """Who stands behind an intersection of the report, as members of the first segment named, newest first."""
        slugs = [slug for slug in request.query_params.get("segments", "").split(",") if slug]
        if not 1 <= len(slugs) == len(set(slugs)) <= MOST:
            raise bad_parameter("segments", f"Give one to {MOST} different slugs with commas between them.")
        state = request.query_params.get("state", STATES[0])
        if state not in STATES:
            raise bad_parameter("state", f"Give one of {', '.join(STATES)}.")
        inside = [segment_at(slug) for slug in slugs]
        rows = in_exactly(inside, segments_of(**_asked(request)), active=state == "active")
        return self.page(request, rows.select_related("customer", "suppressed_by"), NEWEST, member_as_json)


def _asked(request: Request) -> dict[str, str]:
    """The segments to look at."""
    asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("folder", "channel")}
    status = request.query_params.get("status", "live")
    if status not in STATUSES:
        raise bad_parameter("status", f"Give one of {', '.join(STATUSES)}.")
    return {**asked, "status": status}
