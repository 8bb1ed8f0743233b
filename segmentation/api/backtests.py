"""Ask over REST what a rule would have done: a backtest, and one of its numbers at several values."""

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
from segmentation.api.represent import job_as_json
from segmentation.backtest import MOST_DAYS, request_backtest
from segmentation.threshold_sweep import MOST_VALUES, request_threshold_sweep


class BacktestOrder(described.Strict):
    days = serializers.IntegerField(required=False, min_value=1, max_value=MOST_DAYS)
    rule = serializers.JSONField(required=False)


class ThresholdSweepOrder(described.Strict):
    pointer = described.StrictText(max_length=500)
    values: Any = serializers.ListField(child=serializers.FloatField(), min_length=1, max_length=MOST_VALUES)
    rule = serializers.JSONField(required=False)


class BacktestView(ApiView):
    """`/api/segments/{slug}/backtest/`"""

    @extend_schema(
        operation_id="segments_backtest",
        summary="Ask what a rule would have done",
        request=BacktestOrder,
        responses={202: described.JobAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job over the past `days` (90); its result has size, entries and exits by day. `rule`: else the draft."""
        order = described.checked(BacktestOrder, body_of(request))
        with refusals():
            job = request_backtest(segment=segment_at(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(job_as_json(job), status=202)


class ThresholdSweepView(ApiView):
    """`/api/segments/{slug}/threshold-sweep/`"""

    @extend_schema(
        operation_id="segments_threshold_sweep",
        summary="Try one number of a rule at several values",
        request=ThresholdSweepOrder,
        responses={202: described.JobAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job; `pointer` leads to the number in the rule, as `/include/conditions/0/window/last/amount`."""
        order = described.checked(ThresholdSweepOrder, body_of(request))
        order["values"] = [int(value) if value.is_integer() else value for value in order["values"]]
        with refusals():
            job = request_threshold_sweep(segment=segment_at(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(job_as_json(job), status=202)
