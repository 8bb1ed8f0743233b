"""The report on latency over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.queries.latency import LEGS, Latency, Leg, Percentiles, latency
from customers.api.base import ApiView
from segmentation.api.periods import FromTo, Period
from segmentation.api.represent import change_as_json

PERIOD = Period(timedelta(days=1), "a day", timedelta(days=92), "92 days")


class LatencyNumbers(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    p50_seconds = serializers.FloatField()
    p95_seconds = serializers.FloatField()
    p99_seconds = serializers.FloatField()


class LatencyStretch(LatencyNumbers):
    begun = serializers.DateTimeField()


class LatencyLeg(serializers.Serializer[Any]):
    leg = serializers.ChoiceField(LEGS)
    all = LatencyNumbers(allow_null=True)
    stretches = LatencyStretch(many=True)


class SlowChange(serializers.Serializer[Any]):
    segment = serializers.CharField()
    seconds = serializers.FloatField()
    change = serializers.DictField(help_text="as in the list of changes")


class SlowMessage(serializers.Serializer[Any]):
    message = serializers.IntegerField()
    journey = serializers.CharField()
    customer = serializers.IntegerField()
    seconds = serializers.FloatField()
    sent_at = serializers.DateTimeField()


class Slowest(serializers.Serializer[Any]):
    changes = SlowChange(many=True)
    messages = SlowMessage(many=True)


class LatencyAnswer(FromTo):
    by = serializers.ChoiceField(["hour", "day"])
    legs = LatencyLeg(many=True)
    slowest = Slowest()


class LatencyView(ApiView):
    """`/api/reports/latency/`"""

    @extend_schema(
        operation_id="reports_latency",
        summary="How long from an event to membership, and from membership to the message",
        parameters=PERIOD.parameters,
        responses=LatencyAnswer,
    )
    def get(self, request: Request) -> Response:
        """Percentiles of every change and message of the period, by hour up to three days and else by day; the slowest."""
        since, until = PERIOD.of(request)
        return Response(_as_json(latency(since=since, until=until)))


def _as_json(report: Latency) -> dict[str, Any]:
    changes = [
        {"segment": slow.change.segment.slug, "seconds": slow.seconds, "change": change_as_json(slow.change)}
        for slow in report.changes
    ]
    messages = [
        {
            "message": slow.message.pk,
            "journey": slow.message.journey.slug if slow.message.journey else "",
            "customer": slow.message.customer_id,
            "seconds": slow.seconds,
            "sent_at": slow.message.sent_at,
        }
        for slow in report.messages
    ]
    return {
        "from": report.since,
        "to": report.until,
        "by": report.by,
        "legs": [_leg(leg) for leg in report.legs],
        "slowest": {"changes": changes, "messages": messages},
    }


def _leg(leg: Leg) -> dict[str, Any]:
    stretches = [{"begun": stretch.begun, **_numbers(stretch.numbers)} for stretch in leg.stretches]
    return {"leg": leg.name, "all": _numbers(leg.all) if leg.all else None, "stretches": stretches}


def _numbers(found: Percentiles) -> dict[str, Any]:
    return {"count": found.count, "p50_seconds": found.p50, "p95_seconds": found.p95, "p99_seconds": found.p99}
