"""How long it took from an event to membership, and from membership to the message: percentiles, over time, the slowest.

Every change that an event, a told attribute, a consent, a merge or an edge of the clock brought about is measured; those
that a person decided (a rule, a setting, a list) have nothing to be late for. What is measured is in docs/reports.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from campaigns.models import Message
from common.rows import rows_of
from segmentation.models import MembershipChange

# Up to here a line of the table is an hour, beyond it a UTC day.
BY_HOUR = timedelta(days=3)
SLOWEST = 20
LEGS = ("event", "clock", "message")

# A membership of a past instant that was written down over an hour later is history told afterwards, and no lag.
_MEMBERSHIP = """
SELECT CASE c.cause_kind WHEN 'clock' THEN 'clock' ELSE 'event' END AS leg, c.id, c.at,
       GREATEST(EXTRACT(EPOCH FROM c.written_at - begun.at), 0)::float8 AS seconds
  FROM segmentation_segment s
 CROSS JOIN LATERAL (
       SELECT * FROM segmentation_membershipchange m
        WHERE m.segment_id = s.id AND m.at > %(since)s AND m.at <= %(until)s
          AND m.cause_kind IN ('event', 'attribute', 'consent', 'merge', 'clock')
          AND m.written_at <= m.at + interval '1 hour') c
  LEFT JOIN customers_receipt r ON c.cause_kind <> 'clock' AND c.cause_id <> '' AND r.key = md5(c.cause_id)::uuid
 CROSS JOIN LATERAL (
       SELECT CASE WHEN c.cause_kind = 'clock' OR c.cause_id = '' THEN c.caused_at ELSE r.received_at END AS at) begun
 WHERE begun.at IS NOT NULL"""

# Only what a journey sends at once: a message behind a wait was never meant to leave sooner.
_MESSAGE = """
SELECT 'message' AS leg, m.id, m.sent_at AS at,
       GREATEST(EXTRACT(EPOCH FROM m.sent_at - c.written_at), 0)::float8 AS seconds
  FROM campaigns_journey j
 CROSS JOIN LATERAL (
       SELECT * FROM campaigns_message m
        WHERE m.journey_id = j.id AND m.planned_at > %(since)s AND m.planned_at <= %(until)s) m
  JOIN campaigns_enrolment e ON e.id = m.enrolment_id
  JOIN campaigns_journeyversion v ON v.id = e.version_id
  JOIN segmentation_membershipchange c ON c.id = e.change_id
 WHERE m.sent_at IS NOT NULL AND (m.node = v.document ->> 'first' OR m.planned_at = e.entered_at)
   AND c.written_at <= c.at + interval '1 hour'"""

_SUMS = f"""
SELECT leg, date_trunc(%(unit)s, at, 'UTC') AS begun, count(*),
       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds)
  FROM ({_MEMBERSHIP} UNION ALL {_MESSAGE}) AS measured
 GROUP BY GROUPING SETS ((leg), (leg, date_trunc(%(unit)s, at, 'UTC')))
 ORDER BY leg, begun"""

_SLOWEST_CHANGES = f"SELECT id, seconds FROM ({_MEMBERSHIP}) AS measured ORDER BY seconds DESC, id DESC LIMIT %(most)s"
_SLOWEST_MESSAGES = f"SELECT id, seconds FROM ({_MESSAGE}) AS measured ORDER BY seconds DESC, id DESC LIMIT %(most)s"


Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Percentiles:
    """How many were measured, and the seconds that half, 95 and 99 in a hundred of them stayed within."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Stretch:
    """An hour or a UTC day with the percentiles of what ended in it."""

    begun: datetime
    numbers: Percentiles


@dataclass(frozen=True)
class Leg:
    """One part of the way: `event` or `clock` (to membership), or `message` (from membership). None: nothing measured."""

    name: str
    all: Percentiles | None
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class SlowChange:
    """A change of membership, and how long it took."""

    change: MembershipChange
    seconds: float


@dataclass(frozen=True)
class SlowMessage:
    """A message, and how long it took from membership until it was handed over."""

    message: Message
    seconds: float


@dataclass(frozen=True)
class Latency:
    """The report over `(since, until]`, by `hour` or by `day`."""

    since: datetime
    until: datetime
    by: str
    legs: Sequence[Leg]
    changes: Sequence[SlowChange]
    messages: Sequence[SlowMessage]


def latency(*, since: datetime, until: datetime) -> Latency:
    """Measure every change and every message of a period."""
    unit = "hour" if until - since <= BY_HOUR else "day"
    asked = {"since": since, "until": until, "unit": unit, "most": SLOWEST}
    sums: dict[str, dict[datetime | None, Percentiles]] = {name: {} for name in LEGS}
    for leg, begun, count, (p50, p95, p99) in rows_of(_SUMS, **asked):
        sums[leg][begun] = Percentiles(count, p50, p95, p99)
    changes = MembershipChange.objects.select_related("segment", "customer")
    messages = Message.objects.select_related("journey", "customer")
    return Latency(
        since=since,
        until=until,
        by=unit,
        legs=[_leg(name, found) for name, found in sums.items()],
        changes=[SlowChange(*one) for one in _slowest(changes, _SLOWEST_CHANGES, asked)],
        messages=[SlowMessage(*one) for one in _slowest(messages, _SLOWEST_MESSAGES, asked)],
    )


def _leg(name: str, found: dict[datetime | None, Percentiles]) -> Leg:
    stretches = [Stretch(begun, numbers) for begun, numbers in found.items() if begun is not None]
    return Leg(name, found.get(None), stretches)


def _slowest(rows: QuerySet[Row], statement: str, asked: dict[str, Any]) -> list[tuple[Row, float]]:
    """The rows that a statement names, each with its seconds; the slowest first."""
    slow = dict(rows_of(statement, **asked))
    found = rows.in_bulk(list(slow))
    return [(found[number], seconds) for number, seconds in slow.items() if number in found]
