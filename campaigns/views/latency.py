"""The report on latency: how long from an event to membership, and from membership to the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from campaigns.queries.latency import Leg, latency
from common import clock
from common.htmx import render
from customers.roles import allowed

PERIODS = {1: "24 hours", 7: "7 days", 30: "30 days"}
WORDS = {
    "event": ("From an event to membership", "from its receipt until the change was written"),
    "clock": ("From an edge of the clock to membership", "a window that moved on, a stay or a grace that ended"),
    "message": ("From membership to the message", "until it was handed over; of messages that a journey sends at once"),
}


@dataclass(frozen=True)
class Shown:
    """A leg with its words and its chart."""

    leg: Leg
    title: str
    measured: str
    chart: dict[str, Any]


@allowed()
def latency_page(request: HttpRequest) -> HttpResponse:
    """Percentiles over time of every change and message of a period, and the slowest of them."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in PERIODS else 1
    now = clock.now()
    report = latency(since=now - timedelta(days=days), until=now)
    shown = [Shown(leg, *WORDS[leg.name], _chart(leg)) for leg in report.legs]
    context = {"report": report, "legs": shown, "days": days, "periods": PERIODS}
    return render(request, "campaigns/latency.html", context, part="report")


def _chart(leg: Leg) -> dict[str, Any]:
    """Three lines over time, in seconds."""
    numbers = [stretch.numbers for stretch in leg.stretches]
    series = [
        {"name": "Half within", "y": [one.p50 for one in numbers], "tone": "tide"},
        {"name": "95 % within", "y": [one.p95 for one in numbers], "tone": "sand"},
        {"name": "99 % within", "y": [one.p99 for one in numbers], "tone": "coral", "dashed": True},
    ]
    x = [stretch.begun.isoformat() for stretch in leg.stretches]
    return {"x": x, "series": series, "points": True}
