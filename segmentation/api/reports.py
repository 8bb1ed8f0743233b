"""The reports over REST: how segments overlap, and how steady they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView
from segmentation.api.parameters import bad_parameter, instant_of
from segmentation.api.refusals import segment_at
from segmentation.portfolio import hysteresis_of
from segmentation.queries.overlap import Overlaps, overlap
from segmentation.queries.restless import Advice, advice
from segmentation.queries.stability import DayOf, Stability, stability

MONTH, LONGEST = timedelta(days=30), timedelta(days=731)


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
        summary="How live segments overlap, before and after governance",
        parameters=[OpenApiParameter("folder"), OpenApiParameter("channel")],
        responses=OverlapAnswer,
    )
    def get(self, request: Request) -> Response:
        """All pairs in the order of ranks, and the 20 largest intersections: customers in exactly these segments."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "") for name in ("folder", "channel")}
        report = overlap(now=clock.now(), **asked)
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


class StabilityDay(serializers.Serializer[Any]):
    date = serializers.DateField()
    size = serializers.IntegerField()
    entered = serializers.IntegerField()
    exited = serializers.IntegerField()
    turnover = serializers.FloatField(allow_null=True)


class StabilityAdvice(serializers.Serializer[Any]):
    exit_grace = serializers.DictField()
    bouncers = serializers.IntegerField()
    left = serializers.IntegerField()
    wrong_days = serializers.FloatField()


class StabilityAnswer(serializers.Serializer[Any]):
    segment = serializers.CharField()
    since = serializers.DateTimeField()
    to = serializers.DateTimeField()
    days = StabilityDay(many=True)
    turnover = serializers.FloatField(allow_null=True)
    median_stay_seconds = serializers.FloatField(allow_null=True)
    p90_stay_seconds = serializers.FloatField(allow_null=True)
    half_life_days = serializers.FloatField(allow_null=True)
    retained_7_days = serializers.FloatField(allow_null=True)
    retained_30_days = serializers.FloatField(allow_null=True)
    jaccard_7_days = serializers.FloatField(allow_null=True)
    jaccard_30_days = serializers.FloatField(allow_null=True)
    bouncers = serializers.IntegerField()
    advice = StabilityAdvice(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {("from" if name == "since" else name): field for name, field in super().get_fields().items()}


class StabilityView(ApiView):
    """`/api/reports/stability/`"""

    @extend_schema(
        operation_id="reports_stability",
        summary="How steady a segment is, from its change log",
        parameters=[
            OpenApiParameter("segment", required=True),
            OpenApiParameter("from", description="ISO 8601; 30 days before `to` when absent"),
            OpenApiParameter("to", description="ISO 8601; now when absent"),
        ],
        responses=StabilityAnswer,
    )
    def get(self, request: Request) -> Response:
        """Size and moves by day, stays, who is still in after a week and a month, who bounces, and what would calm it."""
        asked, now = request.query_params, clock.now()
        if not asked.get("segment"):
            raise bad_parameter("segment", "Name the segment by its slug.")
        segment = segment_at(asked["segment"])
        until = instant_of(asked["to"], name="to") if asked.get("to") else now
        since = instant_of(asked["from"], name="from") if asked.get("from") else until - MONTH
        if not timedelta() < until - since <= LONGEST:
            raise bad_parameter("from", "Give a beginning before the end, and at most two years before it.")
        found = stability(segment=segment, since=since, until=until)
        grace = hysteresis_of(segment).exit_grace
        return Response(_stability(found, advice(segment=segment, grace=grace, until=until)))


def _stability(found: Stability, advised: Advice | None) -> dict[str, Any]:
    return {
        "segment": found.segment.slug,
        "from": found.since,
        "to": found.until,
        "days": [_day(day) for day in found.days],
        "turnover": found.turnover,
        "median_stay_seconds": found.median_stay_seconds,
        "p90_stay_seconds": found.p90_stay_seconds,
        "half_life_days": found.half_life_days,
        "retained_7_days": found.week.share,
        "retained_30_days": found.month.share,
        "jaccard_7_days": found.week.jaccard,
        "jaccard_30_days": found.month.jaccard,
        "bouncers": found.bouncers,
        "advice": _advice(advised) if advised else None,
    }


def _advice(advised: Advice) -> dict[str, Any]:
    return {
        "exit_grace": {"amount": advised.amount, "unit": advised.unit},
        "bouncers": advised.bouncers,
        "left": advised.left,
        "wrong_days": advised.wrong_days,
    }


def _day(day: DayOf) -> dict[str, Any]:
    return {
        "date": day.day,
        "size": day.size,
        "entered": day.entered,
        "exited": day.exited,
        "turnover": day.turnover,
    }
