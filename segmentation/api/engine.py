"""The engine over REST: what waits and how late it is, and what the last evaluations cost."""

from __future__ import annotations

from datetime import timedelta
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
from segmentation.api.parameters import bad_parameter
from segmentation.models import EngineRun
from segmentation.queries.engine import KINDS, EngineState, engine_state, last_runs

SLOWEST = Order(("milliseconds", "id"), descending=True)


class Waiting(serializers.Serializer[Any]):
    customers = serializers.IntegerField()
    oldest_seconds = serializers.FloatField(allow_null=True)


class SweptClock(serializers.Serializer[Any]):
    until = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.FloatField(allow_null=True)


class StoredThresholds(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    oldest_at = serializers.DateTimeField(allow_null=True)


class OpenJobs(serializers.Serializer[Any]):
    running = serializers.IntegerField()
    waiting = serializers.IntegerField()


class Rules(serializers.Serializer[Any]):
    live = serializers.IntegerField()
    stopped = serializers.IntegerField()


class Audited(serializers.Serializer[Any]):
    at = serializers.DateTimeField(allow_null=True)
    checked = serializers.IntegerField()
    wrong = serializers.IntegerField()
    false_rate = serializers.FloatField(allow_null=True)


class EngineAnswer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    waiting = Waiting()
    clock = SweptClock()
    thresholds = StoredThresholds()
    jobs = OpenJobs()
    rules = Rules()
    audit = Audited()


class EngineRunAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    segment = serializers.CharField()
    kind = serializers.ChoiceField(list(KINDS))
    at = serializers.DateTimeField()
    customers = serializers.IntegerField(allow_null=True)
    rows = serializers.IntegerField()
    milliseconds = serializers.FloatField()
    statement = serializers.CharField()


class EngineView(ApiView):
    """`/api/engine/`"""

    @extend_schema(
        operation_id="engine_read", summary="What waits in the engine, and how late it is", responses=EngineAnswer
    )
    def get(self, request: Request) -> Response:
        """Customers that wait, the swept clock, thresholds, jobs, live rules, and what the last audits found."""
        return Response(_state_as_json(engine_state(now=clock.now())))


class EngineRunsView(ApiView):
    """`/api/engine/runs/`"""

    @extend_schema(
        operation_id="engine_runs",
        summary="The last evaluation of each kind over each segment, slowest first",
        parameters=[
            OpenApiParameter("kind", enum=list(KINDS)),
            *PAGING,
        ],
        responses=page_shape("EngineRunPage", EngineRunAnswer),
    )
    def get(self, request: Request) -> Response:
        """Cost and statement; that of a batch or a sweep, which asks many rules at once, is not kept."""
        kind = request.query_params.get("kind", "")
        if kind and kind not in KINDS:
            raise bad_parameter("kind", f"Give one of {', '.join(KINDS)}.")
        return self.page(request, last_runs(kind=kind), SLOWEST, _run_as_json)


def _state_as_json(state: EngineState) -> dict[str, Any]:
    return {
        "at": state.at,
        "waiting": {"customers": state.waiting, "oldest_seconds": _seconds(state.oldest_mark)},
        "clock": {"until": state.swept_until, "lag_seconds": _seconds(state.sweep_lag)},
        "thresholds": {"count": state.thresholds, "oldest_at": state.thresholds_at},
        "jobs": {"running": state.jobs_running, "waiting": state.jobs_waiting},
        "rules": {"live": state.live, "stopped": state.stopped},
        "audit": {
            "at": state.audited_at,
            "checked": state.audited,
            "wrong": state.wrong,
            "false_rate": state.false_rate,
        },
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _run_as_json(row: EngineRun) -> dict[str, Any]:
    return {
        "id": row.pk,
        "segment": row.segment.slug,
        "kind": row.kind,
        "at": row.at,
        "customers": row.customers,
        "rows": row.rows,
        "milliseconds": row.milliseconds,
        "statement": row.statement,
    }
