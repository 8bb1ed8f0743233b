"""The report on latency: how long from an event to membership, and from membership to the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from campaigns.queries.latency import Latency, Leg, latency
from common import clock
from common.asked import one_of
from common.htmx import render
from customers.roles import allowed

PERIODS = {1: "24 hours", 7: "7 days", 30: "30 days"}
WORDS = {
    "event": ("From an event to membership", "from its receipt until the change was written"),
    "clock": (
        "From an edge of the clock to membership",
        "from the instant at which a window moved on, or a stay or a grace ended, until the change was written",
    ),
    "message": (
        "From membership to the message",
        "from the change until it was handed over, of messages that a journey sends at once",
    ),
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
    days, now = one_of(request.GET.get("days", ""), PERIODS, 1), clock.now()
    report = latency(since=now - timedelta(days=days), until=now)
    shown = [Shown(leg, *WORDS[leg.name], _chart(leg, report)) for leg in report.legs]
    context = {"report": report, "legs": shown, "days": days, "periods": PERIODS}
    return render(request, "campaigns/latency.html", context, part="report")


def _chart(leg: Leg, report: Latency) -> dict[str, Any]:
    """Three lines over the whole period, in seconds, with a gap where nothing was measured."""
    known = {stretch.begun: stretch.numbers for stretch in leg.stretches}
    step = timedelta(**{f"{report.by}s": 1})
    first = report.since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = first if report.by == "hour" else first.replace(hour=0)
    stretches = [first + step * number for number in range((report.until - first) // step + 1)]
    lines = (("Half within", "p50", "tide"), ("95 % within", "p95", "sand"), ("99 % within", "p99", "coral"))
    series = [
        {
            "name": name,
            "y": [getattr(known.get(one), key, None) for one in stretches],
            "tone": tone,
            "dashed": key == "p99",
        }
        for name, key, tone in lines
    ]
    return {"x": [one.isoformat() for one in stretches], "series": series, "points": True}
