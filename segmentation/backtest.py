"""What a rule would have done: its size, entries and exits day by day, how long people stay, and what they buy after.

The rule is asked as of each past day from the events and orders up to it. Profiles and consents are those of today, which
is said on the page. Percentile thresholds are computed as of each day; other segments are read from the change log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from segmentation.compiler.select import members
from segmentation.engines.postgres import ids
from segmentation.errors import SegmentError
from segmentation.jobs import Progress, enqueue
from segmentation.models import Job, Membership, Segment
from segmentation.models.segment import Status
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse

DAY = timedelta(days=1)
MOST_DAYS = 730
# Orders this long after an entry count as following it.
AFTER = timedelta(days=30)


def request_backtest(
    *, segment: Segment, days: int = 90, rule: Mapping[str, Any] | None = None, by: User | None, now: datetime
) -> Job:
    """Ask for a backtest of a rule (the segment's draft where none is given) over the past `days`.

    Raises RuleError with the faults of the rule, SegmentError for days that cannot be.
    """
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise SegmentError("invalid", f"Write a number of days from 1 to {MOST_DAYS}.", pointer="/days")
    document = rule_of(segment, rule)
    parameters = {"rule": document, "days": days, "until": now.isoformat()}
    return enqueue(kind="backtest", segment=segment, parameters=parameters, by=by, now=now)


def rule_of(segment: Segment, rule: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The rule to look at: the one given, else the segment's draft; whole and without faults."""
    document = rule if rule is not None else segment.rule
    if document is None:
        raise SegmentError("no_rule", "The segment has no rule yet. Add a condition first.", pointer="/rule")
    parse(document, catalogue=catalogue())
    return document


@dataclass
class _Stays:
    """Who is in, since which day, and how long those stayed who came and went in the time looked at."""

    since: dict[int, datetime | None] = field(default_factory=dict)
    ended: list[float] = field(default_factory=list)

    def move(self, entered: Sequence[int], exited: Sequence[int], at: datetime, *, first: bool) -> None:
        for customer in exited:
            began = self.since.pop(customer)
            if began is not None:
                self.ended.append((at - began) / DAY)
        self.since.update(dict.fromkeys(entered, None if first else at))


def backtest(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do a backtest job: `days` with size, entries and exits each, and what they add up to."""
    progress = Progress(job, now)
    rule = parse(job.parameters["rule"], catalogue=catalogue())
    until = datetime.fromisoformat(job.parameters["until"])
    instants = list(_instants(until, job.parameters["days"]))
    stays, after = _Stays(), _After(until)
    days: list[dict[str, Any]] = []
    for place, at in enumerate(instants):
        progress.say(place / len(instants), f"{at:%d %B %Y}")
        found = set(members_as_of(rule, at))
        entered, exited = sorted(found - stays.since.keys()), sorted(stays.since.keys() - found)
        stays.move(entered, exited, at, first=place == 0)
        if place:
            after.count(entered, at)
            days.append(_day(at, len(found), len(entered), len(exited)))
    return {
        "from": instants[0].isoformat(),
        "to": until.isoformat(),
        "days": days,
        **_totals(days, stays),
        "overlap": _overlap(sorted(stays.since)),
        "orders_after": after.result(),
    }


def members_as_of(rule: Rule, at: datetime) -> list[int]:
    """Who belonged to a rule at a past instant, as far as the tables know."""
    return ids(members(rule, surroundings([rule], now=at, stored_thresholds=False, at_past=True)))


def _instants(until: datetime, days: int) -> Iterator[datetime]:
    """One instant a day, the last of them `until`; the first only tells who was in already."""
    return (until - back * DAY for back in range(days, -1, -1))


def _day(at: datetime, size: int, entered: int, exited: int) -> dict[str, Any]:
    return {"date": at.date().isoformat(), "size": size, "entered": entered, "exited": exited}


def _totals(days: Sequence[Mapping[str, Any]], stays: _Stays) -> dict[str, Any]:
    """Sums over the days; the median stay is over the stays that began and ended in the time looked at."""
    return {
        "size": days[-1]["size"],
        "mean_size": sum(day["size"] for day in days) / len(days),
        "entered": sum(day["entered"] for day in days),
        "exited": sum(day["exited"] for day in days),
        "median_stay_days": median(stays.ended) if stays.ended else None,
        "stays_ended": len(stays.ended),
    }


def _overlap(customers: Sequence[int]) -> list[dict[str, Any]]:
    """How many of today's members are in each live segment, the largest first."""
    rows = []
    for segment in Segment.objects.filter(status=Status.LIVE).order_by("rank"):
        both = Membership.objects.filter(segment=segment, customer__in=list(customers)).count()
        share = both / len(customers) if customers else 0.0
        rows.append({"slug": segment.slug, "name": segment.name, "both": both, "share": share})
    return sorted(rows, key=lambda row: -int(row["both"]))


_ORDERS = """
SELECT count(DISTINCT customer_id), count(*), coalesce(sum(revenue), 0) FROM customers_order
WHERE customer_id = ANY(%s) AND ordered_at > %s AND ordered_at <= %s AND (cancelled_at IS NULL OR cancelled_at > %s)"""


class _After:
    """What customers ordered in the 30 days after they entered; entries that are too young for that are left out."""

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._entries = self._buyers = self._orders = 0
        self._revenue = 0.0

    def count(self, entered: Sequence[int], at: datetime) -> None:
        if not entered or at + AFTER > self._until:
            return
        with connection.cursor() as cursor:
            cursor.execute(_ORDERS, [list(entered), at, at + AFTER, at + AFTER])
            buyers, orders, revenue = cursor.fetchone()
        self._entries += len(entered)
        self._buyers += buyers
        self._orders += orders
        self._revenue += float(revenue)

    def result(self) -> dict[str, Any]:
        return {
            "days": AFTER.days,
            "entries": self._entries,
            "bought": self._buyers,
            "share": self._buyers / self._entries if self._entries else None,
            "orders": self._orders,
            "revenue": round(self._revenue, 2),
        }
