"""The sweep: what the clock moves, once, whatever happened to the sweeps before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import DirtyCustomer
from segmentation.models import DueLook, MembershipChange, PercentileThreshold, Sweep
from segmentation.sweep import sweep
from segmentation.thresholds import refresh_thresholds
from tests.stages.shop import DAY, HOUR, NOON, did, identify, live, log, pass_time, rule, settle, track, who

pytestmark = pytest.mark.django_db


def test_a_sweep_marks_those_at_an_edge_and_nobody_else_and_only_once() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=2)))
    track("ada", "Product Viewed", NOON)
    track("bob", "Product Viewed", NOON + HOUR)
    settle(NOON + HOUR)
    sweep(now=NOON + 2 * DAY - HOUR)
    settle(NOON + 2 * DAY - HOUR)
    assert sweep(now=NOON + 2 * DAY).marks == 1
    dirty = DirtyCustomer.objects.get()
    assert (dirty.customer.user_id, list(dirty.causes)) == ("ada", ["clock:viewers"])
    assert dirty.causes["clock:viewers"]["detail"] == "2 days passed"
    before = list(DirtyCustomer.objects.values())
    assert sweep(now=NOON + 2 * DAY).marks == 0
    assert list(DirtyCustomer.objects.values()) == before
    assert Sweep.objects.get().until == NOON + 2 * DAY


def test_an_event_from_the_future_counts_when_its_time_has_come() -> None:
    live("viewers", rule(did("Product Viewed")))
    track("ada", "Product Viewed", NOON + HOUR, received=NOON)
    pass_time(NOON)
    assert who("viewers") == set()
    pass_time(NOON + HOUR)
    assert log("viewers", "ada") == [("entered", "clock")]


def test_three_days_off_end_where_sweeping_all_along_does() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)))
    live("returning", rule(did("Product Viewed", 2, days=3)))
    for hour in range(0, 40, 7):
        track("ada", "Product Viewed", NOON + hour * HOUR)
        track("bob", "Product Viewed", NOON + hour * HOUR / 2)
    end = NOON + 40 * HOUR
    pass_time(end)
    assert who("viewers") == {"ada", "bob"}
    later = end + 3 * DAY + 5 * HOUR
    pass_time(later)
    assert (who("viewers"), who("returning")) == (set(), set())
    assert Sweep.objects.get().until == later


def test_a_look_that_is_due_is_taken_once() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)), min_stay={"amount": 5, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + 2 * DAY)
    assert DueLook.objects.get().at == NOON + 5 * DAY
    sweep(now=NOON + 5 * DAY - timedelta.resolution)
    assert DueLook.objects.count() == 1
    assert sweep(now=NOON + 5 * DAY).marks == 1
    assert not DueLook.objects.exists()
    settle(NOON + 5 * DAY)
    assert log("viewers", "ada")[-1] == ("exited", "clock")


def test_a_clock_that_goes_back_sweeps_nothing() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)))
    sweep(now=NOON)
    assert sweep(now=NOON - HOUR).marks == 0
    assert Sweep.objects.get().until == NOON


def test_a_threshold_stands_still_until_it_is_refreshed_and_then_moves_those_between() -> None:
    top = {"type": "percentile", "key": "points", "side": "top", "percent": 20}
    for number in range(1, 11):
        identify(f"u{number}", NOON, points=number * 10)
    live("best", rule(top), now=NOON)
    settle(NOON)
    assert who("best") == {"u9", "u10"}
    stored = PercentileThreshold.objects.get()
    assert stored.value == 82
    for number in (1, 2, 3):
        identify(f"u{number}", NOON + HOUR, points=1000)
    settle(NOON + HOUR)
    assert who("best") == {"u9", "u10", "u1", "u2", "u3"}
    assert refresh_thresholds(now=NOON + HOUR) == 1
    assert set(DirtyCustomer.objects.values_list("customer__user_id", flat=True)) >= {"u9", "u10"}
    settle(NOON + HOUR)
    assert who("best") == {"u1", "u2", "u3"}
    assert MembershipChange.objects.filter(kind="exited", cause_kind="clock").count() == 2
    assert refresh_thresholds(now=NOON + HOUR) == 0
    assert not DirtyCustomer.objects.exists()


def test_a_threshold_that_nobody_had_a_value_for_appears_and_goes_again() -> None:
    live("best", rule({"type": "percentile", "key": "points", "side": "top", "percent": 20}), now=NOON)
    identify("ada", NOON, points=10)
    settle(NOON)
    assert who("best") == set(), "the stored threshold is still none"
    assert refresh_thresholds(now=NOON + HOUR) == 1
    settle(NOON + HOUR)
    assert who("best") == {"ada"}
    identify("ada", NOON + HOUR, points=None)
    assert refresh_thresholds(now=NOON + HOUR) == 1
    settle(NOON + HOUR)
    assert who("best") == set()
