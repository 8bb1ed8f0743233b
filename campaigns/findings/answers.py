"""Segments whose answers say that they are wrong as they are: nobody measures them, another answers alike, or half of one does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings

from campaigns.queries.division import ANSWERED_WITHIN, FEWEST, WEEK, WEEKS, Division, best_division
from campaigns.queries.rates import Rate, difference_between, difference_by_chance
from campaigns.queries.spoken import answers_by_month, journey_with_most, said_between, written_to_between
from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, counted
from segmentation.models import Segment
from segmentation.queries.kpis import kpi_named

QUARTER = timedelta(days=90)
MONTHS = 3
# So many messages a month, or a month says nothing.
FEWEST_A_MONTH = 200
# Two rates are the same if they differ by less than this share of both together …
ALIKE = 0.25
# … as sure as this (two one-sided tests at 5 % each), and no month speaks against it.
SURE = 0.9
BY_CHANCE = 0.01


class NotMeasured(FindingKind):
    """Messages went out in its name in 90 days on a journey without a goal, and its card names no KPI that can be computed."""

    code = "not_measured"
    severity = Severity.WARNING
    title = "Not measured"
    why = "What nobody measures cannot get better: nobody will know whether these messages helped."
    costly = True

    def found(self, look: Look) -> Iterator[Found]:
        said = [one for one in said_between(look.now - QUARTER, look.now) if not one.goal]
        for segment in look.live:
            theirs = [one for one in said if one.segment == segment.slug]
            if theirs and kpi_named(segment.kpi) is None:
                sent = sum(one.messages for one in theirs)
                went = f"{counted(sent, 'message')} {'was' if sent == 1 else 'were'} sent"
                says = f"{went} in its name in 90 days without a goal, and its card has no KPI that can be computed."
                yield Found(
                    segment, sent, says, Fix("Give the journey a goal", f"/journeys/{journey_with_most(theirs)}/edit/")
                )


class SameResponse(FindingKind):
    """In each of the last three whole months both segments had at least 200 messages towards the same goal, and the answers
    do not differ. Told of the two that are nearest to each other."""

    code = "same_response"
    severity = Severity.HINT
    title = "Same response as another for three months"
    why = "Two segments that answer alike need no two stories: merged, they are half the work."
    costly = True

    def found(self, look: Look) -> Iterator[Found]:
        live = {one.slug: one for one in look.live}
        told: set[tuple[int, int]] = set()
        for one, other, rates in sorted(_alike(look, live), key=_apart):
            pair = (min(one.pk, other.pk), max(one.pk, other.pk))
            if not {pk for known in told for pk in known} & set(pair):
                told.add(pair)
                yield _same(one, other, rates)


def _same(one: Segment, other: Segment, rates: tuple[Rate, Rate]) -> Found:
    apart = abs(rates[0].share - rates[1].share) * 100
    says = (
        f"“{one}” and “{other}” have answered alike for three months: {rates[0].share:.1%} of {rates[0].of:,} messages "
        f"and {rates[1].share:.1%} of {rates[1].of:,}."
    )
    return Found(one, apart, says, Fix("Merge them", f"/segments/{one.slug}/merge/?with={other.slug}"), other)


def _apart(pair: tuple[Segment, Segment, tuple[Rate, Rate]]) -> tuple[float, int, int]:
    one, other, (left, right) = pair
    return abs(left.share - right.share), one.pk, other.pk


def _alike(look: Look, live: Mapping[str, Segment]) -> Iterator[tuple[Segment, Segment, tuple[Rate, Rate]]]:
    """The pairs that answered alike, the lower id first, with what they answered in all months together."""
    months = whole_months(look.now - ANSWERED_WITHIN)
    asked = answers_by_month(months[0] - timedelta(microseconds=1), months[-1], zone=str(settings.STORE_TIME_ZONE))
    by_goal: dict[str, list[tuple[Segment, list[Rate]]]] = {}
    for (slug, goal), found in asked.items():
        rates = [found.get(month, Rate(0, 0)) for month in months[:-1]]
        if slug in live and all(rate.of >= FEWEST_A_MONTH for rate in rates):
            by_goal.setdefault(goal, []).append((live[slug], rates))
    for rows in by_goal.values():
        for (one, ones), (other, others) in combinations(sorted(rows, key=lambda row: row[0].pk), 2):
            if alike(ones, others):
                yield one, other, (_together(ones), _together(others))


def whole_months(now: datetime) -> list[datetime]:
    """The beginnings of the last three whole calendar months in the installation's time zone, and the end of the last."""
    here = now.astimezone(ZoneInfo(str(settings.STORE_TIME_ZONE)))
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    found = [first]
    for _ in range(MONTHS):
        found.insert(0, (found[0] - timedelta(days=1)).replace(day=1))
    return found


def alike(ones: list[Rate], others: list[Rate]) -> bool:
    """Whether two segments answer the same, month by month and together.

    Equivalence by two one-sided tests (D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657-680): the 90 % interval of
    the difference lies within a quarter of the rate of both, either way.
    """
    one, other = _together(ones), _together(others)
    margin = ALIKE * (one + other).share
    low, high = difference_between(one, other, sure=SURE)
    by_chance = (difference_by_chance(left, right) for left, right in zip(ones, others, strict=True))
    return margin > 0 and -margin < low and high < margin and min(by_chance) >= BY_CHANCE


def _together(rates: list[Rate]) -> Rate:
    return sum(rates, Rate(0, 0))


class TwoGroups(FindingKind):
    """Its customers fall into two clear groups: a condition divides those who were written to in twelve weeks so that one
    side answers at least twice as often as the other (campaigns/queries/division.py)."""

    code = "two_groups"
    severity = Severity.HINT
    title = "Two groups that answer differently"
    why = "One message for two kinds of people fits neither: split, each can be told its own."
    costly = True

    def found(self, look: Look) -> Iterator[Found]:
        until = look.now - ANSWERED_WITHIN
        written_to = written_to_between(until - WEEKS * WEEK, until)
        for segment in look.live:
            if written_to.get(segment.slug, 0) >= FEWEST:
                division = best_division(segment, look.now)
                if division is not None:
                    yield _divided(segment, division)


def _divided(segment: Segment, found: Division) -> Found:
    apart = abs(found.rate_in - found.rate_out) * 100
    says = (
        f"Of those it wrote to, {found.rate_in:.1%} of {found.many_in:,} answered where {found.sentence}, "
        f"and {found.rate_out:.1%} of the other {found.many_out:,}."
    )
    asked = urlencode({"condition": json.dumps(found.condition)})
    return Found(segment, apart, says, Fix("Split it", f"/governance/reviews/{segment.slug}/split/?{asked}"))
