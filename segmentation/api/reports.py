"""The reports over REST: how steady segments are, who moved between them, whom they know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView
from segmentation.api.parameters import bad_parameter
from segmentation.api.periods import FromTo, Period
from segmentation.api.refusals import segment_at
from segmentation.models import Segment
from segmentation.portfolio import hysteresis_of
from segmentation.queries.coverage import Covered, coverage
from segmentation.queries.migration import migration
from segmentation.queries.restless import Advice, advice
from segmentation.queries.stability import DayOf, Stability, stability

PERIOD = Period(timedelta(days=30), "30 days", timedelta(days=731), "two years")
MOST_OF_A_FAMILY = 20


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


class StabilityAnswer(FromTo):
    segment = serializers.CharField()
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


class StabilityView(ApiView):
    """`/api/reports/stability/`"""

    @extend_schema(
        operation_id="reports_stability",
        summary="How steady a segment is, from its change log",
        parameters=[
            OpenApiParameter("segment", required=True),
            *PERIOD.parameters,
        ],
        responses=StabilityAnswer,
    )
    def get(self, request: Request) -> Response:
        """Size and moves by day, stays, who is still in after a week and a month, who bounces, and what would calm it."""
        slug = request.query_params.get("segment", "")
        if not slug:
            raise bad_parameter("segment", "Name the segment by its slug.")
        segment, (since, until) = segment_at(slug), PERIOD.of(request)
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


class MigrationMove(serializers.Serializer[Any]):
    was = serializers.CharField(allow_null=True)
    now = serializers.CharField(allow_null=True)
    customers = serializers.IntegerField()


class MigrationAnswer(FromTo):
    segments = serializers.ListField(child=serializers.CharField())
    moves = MigrationMove(many=True)
    up = serializers.IntegerField()
    down = serializers.IntegerField()
    stayed = serializers.IntegerField()
    share_up = serializers.FloatField(allow_null=True)


class MigrationView(ApiView):
    """`/api/reports/migration/`"""

    @extend_schema(
        operation_id="reports_migration",
        summary="Who moved between the segments of a family from one instant to another",
        parameters=[
            OpenApiParameter("segments", required=True, description="slugs, the best first, with commas between them"),
            *PERIOD.parameters,
        ],
        responses=MigrationAnswer,
    )
    def get(self, request: Request) -> Response:
        """A null stands for none of the segments; who was in several counts in the best of them."""
        slugs = [slug for slug in request.query_params.get("segments", "").split(",") if slug]
        if not 2 <= len(slugs) == len(set(slugs)) <= MOST_OF_A_FAMILY:
            raise bad_parameter("segments", f"Give two to {MOST_OF_A_FAMILY} different slugs with commas between them.")
        family: list[Segment] = [segment_at(slug) for slug in slugs]
        since, until = PERIOD.of(request)
        found = migration(family=family, since=since, until=until)
        moves = [
            {
                "was": move.was.slug if move.was else None,
                "now": move.now.slug if move.now else None,
                "customers": move.customers,
            }
            for move in found.moves
        ]
        return Response(
            {
                "segments": slugs,
                "from": since,
                "to": until,
                "moves": moves,
                "up": found.up,
                "down": found.down,
                "stayed": found.stayed,
                "share_up": found.share_up,
            }
        )


class CoveredAnswer(serializers.Serializer[Any]):
    customers = serializers.IntegerField()
    qualified = serializers.IntegerField()
    active = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    share_active = serializers.FloatField(allow_null=True)


class CoveredBy(serializers.Serializer[Any]):
    segments = serializers.IntegerField()
    customers = serializers.IntegerField()


class CoverageAnswer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    everybody = CoveredAnswer()
    known = CoveredAnswer()
    by_number = CoveredBy(many=True)


class CoverageView(ApiView):
    """`/api/reports/coverage/`"""

    @extend_schema(
        operation_id="reports_coverage",
        summary="How many customers are in a live segment, and how many in none",
        responses=CoverageAnswer,
    )
    def get(self, request: Request) -> Response:
        """Of everybody and of those known by name: how many qualify for a live segment, and in how many one is active."""
        found = coverage(now=clock.now())
        numbers = [{"segments": number, "customers": customers} for number, customers in found.by_number.items()]
        return Response(
            {
                "as_of": found.as_of,
                "everybody": _covered(found.everybody),
                "known": _covered(found.known),
                "by_number": numbers,
            }
        )


def _covered(found: Covered) -> dict[str, Any]:
    return {
        "customers": found.customers,
        "qualified": found.qualified,
        "active": found.active,
        "share": found.share,
        "share_active": found.share_active,
    }
