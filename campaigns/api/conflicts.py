"""Conflicts of segments over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.queries.conflicts import CODES, ORDERS, Conflict, conflicts
from campaigns.remedies import remedies_of, settings_now
from common import clock
from common.asked import text_in
from customers.api.base import ApiView
from segmentation.api.parameters import bad_parameter


class ConflictReason(serializers.Serializer[Any]):
    code = serializers.ChoiceField(CODES)
    says = serializers.CharField()


class ConflictRemedy(serializers.Serializer[Any]):
    key = serializers.CharField()
    says = serializers.CharField()


class SettledPair(serializers.Serializer[Any]):
    upper = serializers.CharField(help_text="the segment of the higher rank")
    lower = serializers.CharField()
    reasons = ConflictReason(many=True)
    customers = serializers.IntegerField()
    settled = serializers.CharField(help_text="what keeps the two apart")


class OpenConflict(serializers.Serializer[Any]):
    upper = serializers.CharField(help_text="the segment of the higher rank")
    lower = serializers.CharField()
    reasons = ConflictReason(many=True)
    customers = serializers.IntegerField()
    messages = serializers.IntegerField(help_text="to these customers in the coming 7 days")
    remedies = ConflictRemedy(many=True)


class ConflictsAnswer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    open = OpenConflict(many=True)
    settled = SettledPair(many=True)


class ConflictsView(ApiView):
    """`/api/reports/conflicts/`"""

    @extend_schema(
        operation_id="reports_conflicts",
        summary="Pairs of live segments that disagree",
        parameters=[
            OpenApiParameter("folder", description="conflicts with a segment of this folder"),
            OpenApiParameter("channel", description="conflicts with a segment whose card names this channel"),
            OpenApiParameter("by", enum=list(ORDERS), description="what they are ranked by"),
        ],
        responses=ConflictsAnswer,
    )
    def get(self, request: Request) -> Response:
        """Open conflicts with the customers they touch and the messages coming to them, and those governance settles.

        A remedy is a change of priorities, exclusion groups or exclusions (`/api/governance/`), or a merge of the two.
        """
        asked = {name: text_in(request.query_params.get(name, "")) for name in ("folder", "channel")}
        by = request.query_params.get("by", ORDERS[0])
        if by not in ORDERS:
            raise bad_parameter("by", f"Write one of {', '.join(ORDERS)}.")
        report, settings = conflicts(now=clock.now(), by=by, **asked), settings_now()
        found = [
            {
                **_pair(one),
                "messages": one.messages,
                "remedies": [
                    {"key": remedy.key, "says": f"{remedy.label}. {remedy.says}"}
                    for remedy in remedies_of(one.upper, one.lower, settings)
                ],
            }
            for one in report.open
        ]
        settled = [{**_pair(one), "settled": one.settled} for one in report.settled]
        return Response({"as_of": report.as_of, "open": found, "settled": settled})


def _pair(conflict: Conflict) -> dict[str, Any]:
    return {
        "upper": conflict.upper.slug,
        "lower": conflict.lower.slug,
        "reasons": [{"code": reason.code, "says": reason.says} for reason in conflict.reasons],
        "customers": conflict.customers,
    }
