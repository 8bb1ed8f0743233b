"""Coverage and latency against plain recomputations over rows, on random bases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from hashlib import md5
from random import Random
from statistics import quantiles
from uuid import UUID

import pytest

from campaigns.queries.latency import Leg, latency
from customers.models import Customer, Receipt
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.queries.coverage import coverage
from segmentation.views.flows import _centres
from tests.stages.shop import DAY, HOUR, NOON
from tests.stages.test_reports import people, segments

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(2))
def test_coverage_is_counted_customer_by_customer(seed: int) -> None:
    random, kept = Random(seed), segments(6)
    Segment.objects.filter(pk=kept[5].pk).update(status="paused")
    visitors = [Customer(created_at=NOON, updated_at=NOON) for _ in range(20)]
    customers = [*people(40), *(row.pk for row in Customer.objects.bulk_create(visitors))]
    Membership.objects.bulk_create(
        Membership(
            segment=segment,
            customer_id=customer,
            state=random.choice(["active", "suppressed"]),
            since=NOON,
            state_since=NOON,
            version=1,
        )
        for customer in customers
        for segment in random.sample(kept, random.choice([0, 0, 1, 2, 4]))
    )
    found, numbers = coverage(now=NOON), Counter[int]()
    sums = {"everybody": [0, 0, 0], "known": [0, 0, 0]}
    for customer in Customer.objects.all():
        stays = [stay for stay in customer.memberships.select_related("segment") if stay.segment.status == "live"]
        numbers[len(stays)] += 1
        for name in ("everybody", "known") if customer.user_id or customer.email or customer.phone else ("everybody",):
            sums[name][0] += 1
            sums[name][1] += bool(stays)
            sums[name][2] += any(stay.state == "active" for stay in stays)
    assert found.by_number == numbers
    for covered, (all_of_them, qualified, active) in (
        (found.everybody, sums["everybody"]),
        (found.known, sums["known"]),
    ):
        assert (covered.customers, covered.qualified, covered.active) == (all_of_them, qualified, active)
        assert covered.share == pytest.approx(qualified / all_of_them)


def changes(random: Random) -> dict[str, list[tuple[datetime, float]]]:
    """Changes of every cause with their receipts; by leg, when each was and the seconds it took."""
    (segment,), customers = segments(1), people(5)
    taken: dict[str, list[tuple[datetime, float]]] = {"event": [], "clock": []}
    for number in range(150):
        kind = random.choice(["event", "event", "attribute", "consent", "clock", "rule", "governance", "manual"])
        at = NOON - random.random() * 4 * DAY
        began = at - timedelta(seconds=random.choice([0.02, 0.5, 3, -1]) * random.random())
        written = at + timedelta(seconds=random.choice([0, 0.1, 2, 5000]))
        known = random.random() < 0.9
        cause = f"message {number}" if kind != "clock" else "window"
        if kind != "clock" and known:
            Receipt.objects.create(key=UUID(md5(cause.encode(), usedforsecurity=False).hexdigest()), received_at=began)
        change = MembershipChange.objects.create(
            segment=segment, customer_id=random.choice(customers), kind="entered", state="active", at=at, version=1,
            cause_kind=kind, cause_id=cause, caused_at=began if kind == "clock" else at - HOUR,
        )  # fmt: skip
        MembershipChange.objects.filter(pk=change.pk).update(written_at=written)
        late = written - at > HOUR
        if kind in ("event", "attribute", "consent", "clock") and (known or kind == "clock") and not late:
            taken["clock" if kind == "clock" else "event"].append((at, max((written - began).total_seconds(), 0)))
    return taken


def assert_leg(leg: Leg, taken: list[tuple[datetime, float]], unit: timedelta) -> None:
    """The percentiles of all, and of each stretch, by linear interpolation."""
    assert leg.all is not None
    stretches = {stretch.begun: stretch.numbers for stretch in leg.stretches}
    by: dict[datetime | None, list[float]] = {None: [seconds for _, seconds in taken]}
    for at, seconds in taken:
        begun = at.replace(minute=0, second=0, microsecond=0, hour=at.hour if unit == HOUR else 0)
        by.setdefault(begun, []).append(seconds)
    assert stretches.keys() == by.keys() - {None}
    for begun, all_of_them in by.items():
        found = leg.all if begun is None else stretches[begun]
        cuts = quantiles(all_of_them, n=100, method="inclusive") if len(all_of_them) > 1 else all_of_them * 99
        assert found.count == len(all_of_them)
        assert (found.p50, found.p95, found.p99) == pytest.approx((cuts[49], cuts[94], cuts[98]), abs=1e-6)


@pytest.mark.parametrize(("period", "unit"), [(2 * DAY, HOUR), (4 * DAY, DAY)])
def test_latency_is_taken_change_by_change(period: timedelta, unit: timedelta) -> None:
    taken = changes(Random(period.days))
    report = latency(since=NOON - period, until=NOON)
    inside = {name: [one for one in all_of_them if one[0] > NOON - period] for name, all_of_them in taken.items()}
    event, edge, message = report.legs
    assert_leg(event, inside["event"], unit)
    assert_leg(edge, inside["clock"], unit)
    assert message.all is None
    slowest = sorted((seconds for legs in inside.values() for _, seconds in legs), reverse=True)[:20]
    assert [one.seconds for one in report.changes] == pytest.approx(slowest, abs=1e-6)


def test_the_places_of_a_flow_stand_in_order_as_high_as_they_are_large() -> None:
    centres = _centres([0, 30, 10, 60])
    assert centres == sorted(centres) and centres[0] > 0 and centres[-1] < 1
    gap, high = 0.065, (1 - 3 * 0.065) / 100
    assert centres[1:] == pytest.approx([gap + 15 * high, 2 * gap + 35 * high, 3 * gap + 70 * high])
    assert all(0 < one < 1 for one in _centres([1] * 30))
