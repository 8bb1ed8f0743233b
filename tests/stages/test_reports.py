"""The reports against a recomputation by hand, on random memberships and random logs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from statistics import quantiles
from typing import Any

import pytest

from customers.models import Customer
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.queries import overlap as overlaps
from segmentation.queries.coverage import coverage
from segmentation.queries.migration import migration
from segmentation.queries.overlap import overlap
from segmentation.queries.restless import advice
from segmentation.queries.stability import moves_of, stability
from tests.api.conftest import client_with
from tests.stages.shop import DAY, HOUR, NOON

pytestmark = pytest.mark.django_db

Log = dict[int, list[tuple[str, datetime]]]


def segments(count: int) -> list[Segment]:
    return [
        Segment.objects.create(
            slug=f"s{n}",
            name=f"S{n}",
            status="live",
            rank=n,
            channels=["sms"] if n % 2 else [],
            created_at=NOON,
            updated_at=NOON,
        )
        for n in range(1, count + 1)
    ]


def people(count: int) -> list[int]:
    rows = [Customer(user_id=f"u{n}", created_at=NOON, updated_at=NOON) for n in range(count)]
    return [row.pk for row in Customer.objects.bulk_create(rows)]


@pytest.mark.parametrize("word", [2, 62])
def test_overlaps_are_those_of_the_stored_sets(word: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaps, "WORD", word)
    random, all_of_them = Random(word), segments(4)
    qualified: dict[int, set[int]] = {}
    active: dict[int, set[int]] = {}
    for customer in people(60):
        qualified[customer] = {one.pk for one in all_of_them if random.random() < 0.5}
        active[customer] = {one for one in qualified[customer] if random.random() < 0.6}
    rows = [(one, customer) for customer, held in qualified.items() for one in held]
    Membership.objects.bulk_create(
        Membership(
            segment_id=one,
            customer_id=customer,
            state="active" if one in active[customer] else "suppressed",
            since=NOON,
            state_since=NOON,
            version=1,
        )
        for one, customer in rows
    )
    report = overlap(now=NOON)
    assert [one.slug for one in report.segments] == ["s1", "s2", "s3", "s4"]
    for found, held in ((report.qualified, qualified), (report.active, active)):
        sets = {one.pk: {customer for customer, has in held.items() if one.pk in has} for one in all_of_them}
        assert found.sizes == {one: len(members) for one, members in sets.items()}
        for pair, (a, b) in zip(found.pairs, combinations(all_of_them, 2), strict=True):
            both, either = sets[a.pk] & sets[b.pk], sets[a.pk] | sets[b.pk]
            shares = (len(both) / len(sets[a.pk]), len(both) / len(sets[b.pk]), len(both) / len(either))
            assert (pair.a, pair.b, pair.both) == (a, b, len(both))
            assert (pair.share_of_a, pair.share_of_b, pair.jaccard) == pytest.approx(shares)
        exactly = Counter(frozenset(has) for has in held.values() if len(has) > 1)
        assert {frozenset(one.pk for one in each.segments): each.count for each in found.intersections} == exactly
        assert [each.count for each in found.intersections] == sorted(exactly.values(), reverse=True)
        for inside in exactly:
            chosen = [one for one in all_of_them if one.pk in inside]
            behind = overlaps.in_exactly(chosen, all_of_them, active=found is report.active)
            assert {row.customer_id for row in behind} == {who for who, has in held.items() if has == inside}
        for order in overlaps.ORDERS:
            sizes = [pair.size(order) for pair in found.shared_by(order)]
            assert sizes == sorted(sizes, reverse=True) and len(sizes) == sum(pair.both > 0 for pair in found.pairs)
    told = client_with(["read"]).get("/api/reports/overlap/").json()
    for side, held in ((told, qualified), (told["governed"], active)):
        both = Counter(pair for has in held.values() for pair in combinations(sorted(has), 2))
        slugs = {one.pk: one.slug for one in all_of_them}
        assert {(pair["a"], pair["b"]): pair["both"] for pair in side["pairs"] if pair["both"]} == {
            (slugs[a], slugs[b]): count for (a, b), count in both.items()
        }
    assert [one.slug for one in overlap(now=NOON, channel="sms").segments] == ["s1", "s3"]


def test_nothing_live_overlaps_with_nothing() -> None:
    report = overlap(now=NOON)
    assert (report.segments, report.qualified.pairs, report.active.intersections) == ([], [], [])


def random_log(random: Random, customers: list[int], segment: Segment, *, days: int) -> Log:
    log: Log = {}
    for customer in customers:
        at, kind = NOON - random.random() * days * DAY, "entered"
        log[customer] = []
        while at <= NOON and random.random() < 0.9:
            log[customer].append((kind, at))
            at += random.choice([0.05, 0.3, 1, 4, 9]) * DAY * random.random()
            kind = "exited" if kind == "entered" else "entered"
    rows = [(customer, *move) for customer, moves in log.items() for move in moves]
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment=segment, customer_id=customer, kind=kind, state="active", at=at, version=1, cause_kind="event"
        )
        for customer, kind, at in sorted(rows, key=lambda row: row[2])
    )
    return log


def members_at(log: Log, at: datetime) -> set[int]:
    last = {customer: [kind for kind, when in moves if when <= at] for customer, moves in log.items()}
    return {customer for customer, kinds in last.items() if kinds and kinds[-1] == "entered"}


def stays_of(log: Log) -> list[tuple[datetime, datetime | None]]:
    found = []
    for moves in log.values():
        for place, (kind, at) in enumerate(moves):
            if kind == "entered":
                found.append((at, moves[place + 1][1] if place + 1 < len(moves) else None))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_stability_is_what_the_log_says_day_by_day(seed: int) -> None:
    (segment,), customers = segments(1), people(50)
    log, since = random_log(Random(seed), customers, segment, days=60), NOON - 30 * DAY
    found = stability(segment=segment, since=since, until=NOON)
    assert (found.days[0].day, found.days[-1].day, len(found.days)) == (since.date(), NOON.date(), 31)
    before = len(members_at(log, since))
    for day in found.days:
        last = min(datetime.combine(day.day, datetime.max.time(), NOON.tzinfo), NOON)
        moved = [kind for moves in log.values() for kind, at in moves if since < at <= NOON and at.date() == day.day]
        assert (day.entered, day.exited) == (moved.count("entered"), moved.count("exited"))
        assert day.size == len(members_at(log, last))
        ends = before + day.size
        assert day.turnover == (pytest.approx(len(moved) / ends) if ends else None)
        before = day.size
    ended = [(end - start).total_seconds() for start, end in stays_of(log) if end and since < end]
    cuts = quantiles(ended, n=10, method="inclusive")
    assert (found.median_stay_seconds, found.p90_stay_seconds) == (pytest.approx(cuts[4]), pytest.approx(cuts[8]))
    for kept in (found.week, found.month):
        was, now = members_at(log, NOON - kept.days * DAY), members_at(log, NOON)
        assert kept.share == (pytest.approx(len(was & now) / len(was)) if was else None)
        assert kept.jaccard == pytest.approx(len(was & now) / len(was | now))
    entries = [sum(kind == "entered" and at > since for kind, at in moves) for moves in log.values()]
    assert found.bouncers == sum(count >= 3 for count in entries)
    moves = moves_of({segment.pk: len(members_at(log, NOON))}, since=since, until=NOON)[segment.pk]
    assert (moves.bouncers, moves.turnover) == (found.bouncers, pytest.approx(found.turnover))
    assert found.half_life_days == half_life(log, since)


def half_life(log: Log, since: datetime) -> Any:
    """Kaplan and Meier, customer by customer."""
    stays = [((end or NOON) - start, end is not None) for start, end in stays_of(log) if start > since]
    staying = 1.0
    for length in sorted({length for length, ended in stays if ended}):
        at_risk = sum(other >= length for other, _ in stays)
        staying *= 1 - sum(other == length and ended for other, ended in stays) / at_risk
        if staying <= 0.5:
            return pytest.approx(length / DAY)
    return None


def moved(segment: Segment, customer: int, *moves: tuple[str, timedelta]) -> None:
    for kind, ago in moves:
        MembershipChange.objects.create(
            segment=segment,
            customer_id=customer,
            kind=kind,
            state="active",
            at=NOON - ago,
            version=1,
            cause_kind="clock",
        )


def test_the_shortest_grace_that_halves_the_bouncing_is_advised_with_its_price() -> None:
    (segment,), (ada, ben, cleo) = segments(1), people(3)
    for customer, gap in ((ada, 2 * HOUR), (ben, 30 * HOUR)):
        began = 10 * DAY
        for _ in range(2):
            moved(segment, customer, ("entered", began), ("exited", began - DAY))
            began -= DAY + gap
        moved(segment, customer, ("entered", began))
    moved(segment, cleo, ("entered", 3 * DAY), ("exited", DAY))
    advised = advice(segment=segment, grace=timedelta(), until=NOON)
    assert advised is not None and (advised.amount, advised.unit) == (2, "hours")
    assert (advised.bouncers, advised.left) == (2, 1)
    # Two exits each of two customers and one of the third, each two hours longer.
    assert advised.wrong_days == pytest.approx(5 * 2 / 24)
    longer = advice(segment=segment, grace=12 * HOUR, until=NOON)
    assert longer is not None and (longer.amount, longer.unit) == (1, "days")


def test_a_steady_segment_gets_no_advice() -> None:
    (segment,), (ada,) = segments(1), people(1)
    moved(segment, ada, ("entered", 3 * DAY), ("exited", DAY))
    assert advice(segment=segment, grace=timedelta(), until=NOON) is None


def test_moves_between_the_segments_of_a_family_are_those_of_the_log() -> None:
    family, customers, since = segments(3), people(40), NOON - 20 * DAY
    logs = [random_log(Random(n), customers, segment, days=40) for n, segment in enumerate(family)]

    def place(customer: int, at: datetime) -> int | None:
        return next((n for n, log in enumerate(logs) if customer in members_at(log, at)), None)

    expected = Counter((place(customer, since), place(customer, NOON)) for customer in customers)
    del expected[None, None]
    found = migration(family=family, since=since, until=NOON)
    places = {segment: n for n, segment in enumerate(family)}
    assert {(places.get(m.was), places.get(m.now)): m.customers for m in found.moves} == expected
    inside = {(was, now): n for (was, now), n in expected.items() if was is not None and now is not None}
    assert found.up == sum(count for (was, now), count in inside.items() if now < was)
    assert found.down == sum(count for (was, now), count in inside.items() if now > was)
    assert found.share_up == pytest.approx(found.up / sum(inside.values()))


def test_coverage_counts_whoever_is_in_a_live_segment() -> None:
    first, second, paused = segments(3)
    Segment.objects.filter(pk=paused.pk).update(status="paused")
    ada, ben, cleo, _ = people(4)
    visitor = Customer.objects.create(created_at=NOON, updated_at=NOON).pk
    rows = [(first, ada, "active"), (second, ada, "suppressed"), (second, ben, "suppressed"), (paused, cleo, "active")]
    Membership.objects.bulk_create(
        Membership(segment=one, customer_id=who, state=state, since=NOON, state_since=NOON, version=1)
        for one, who, state in [*rows, (first, visitor, "active")]
    )
    found = coverage(now=NOON)
    assert (found.everybody.customers, found.everybody.qualified, found.everybody.active) == (5, 3, 2)
    assert (found.known.customers, found.known.qualified, found.known.active) == (4, 2, 1)
    assert found.by_number == {0: 2, 1: 2, 2: 1}
