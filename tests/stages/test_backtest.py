"""Backtests and threshold sweeps, against days counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from segmentation.backtest import request_backtest
from segmentation.errors import SegmentError
from segmentation.jobs import cancel
from segmentation.models import Job, Segment
from segmentation.rules.faults import RuleError
from segmentation.save import create
from segmentation.threshold_sweep import request_threshold_sweep
from segmentation.work import run
from tests.stages.shop import DAY, HOUR, NOON, did, live, rule, settle, track

pytestmark = pytest.mark.django_db
VIEWS = {"ada": [0, 1, 9], "bob": [3], "cleo": [9]}


@pytest.fixture
def segment() -> Segment:
    """Viewers of the last two days, with ten days of history."""
    for user, days in VIEWS.items():
        for day in days:
            track(user, "Product Viewed", NOON + day * DAY)
    track("bob", "Order Completed", NOON + 4 * DAY, order_id="o1", revenue=70)
    live("buyers", rule(did("Order Completed")), now=NOON + 10 * DAY)
    settle(NOON + 10 * DAY)
    return create(name="Viewers", slug="viewers", rule=rule(did("Product Viewed", 1, days=2)), by=None, now=NOON)


def done(job: Job, now: datetime) -> dict[str, Any]:
    assert run(job=job, now=now)
    job.refresh_from_db()
    assert job.error == ""
    result: dict[str, Any] = job.result
    return result


def test_a_backtest_counts_each_day_as_it_was(segment: Segment) -> None:
    end = NOON + 10 * DAY
    result = done(request_backtest(segment=segment, days=9, by=None, now=end), end)
    sizes = {day: sum(any(day - 2 < view <= day for view in views) for views in VIEWS.values()) for day in range(1, 11)}
    assert [day["size"] for day in result["days"]] == [sizes[day] for day in range(2, 11)]
    assert result["days"][0]["date"] == "2026-05-03"
    # ada was in on the first day already; bob came on day 3 and left on day 5; ada and cleo came on day 9.
    assert (result["entered"], result["exited"], result["size"]) == (3, 2, 2)
    assert (result["median_stay_days"], result["stays_ended"]) == (2.0, 1)
    assert result["overlap"] == [{"slug": "buyers", "name": "Buyers", "both": 0, "share": 0.0}]
    assert result["orders_after"]["entries"] == 0


def test_orders_after_an_entry_are_counted_once_their_days_are_over(segment: Segment) -> None:
    end = NOON + 40 * DAY
    result = done(request_backtest(segment=segment, days=39, by=None, now=end), end)
    after = result["orders_after"]
    assert (after["entries"], after["bought"], after["orders"], after["revenue"]) == (3, 1, 1, 70.0)


def test_a_sweep_of_a_window_tries_each_length(segment: Segment) -> None:
    end = NOON + 10 * DAY + HOUR
    pointer = "/include/conditions/0/window/last/amount"
    job = request_threshold_sweep(segment=segment, pointer=pointer, values=[1, 2, 8], by=None, now=end)
    result = done(job, end)
    assert (result["as_written"], result["size_as_written"]) == (2, 2)
    assert [(row["value"], row["size"], row["also_as_written"]) for row in result["values"]] == [
        (1, 0, 0),
        (2, 2, 2),
        (8, 3, 2),
    ]
    assert {row["size_30_days_ago"] for row in result["values"]} == {0}


def test_what_cannot_be_asked_is_refused_with_its_place(segment: Segment) -> None:
    with pytest.raises(SegmentError) as caught:
        request_backtest(segment=segment, days=0, by=None, now=NOON)
    assert caught.value.pointer == "/days"
    with pytest.raises(RuleError):
        request_backtest(segment=segment, rule={"version": 1}, by=None, now=NOON)
    for pointer, values, place in (
        ("/include/conditions/0/event", [1], "/pointer"),
        ("/include/conditions/0/value", [], "/values"),
        ("/include/conditions/0/window/last/amount", [1, -5], "/values/1"),
    ):
        with pytest.raises(SegmentError) as caught:
            request_threshold_sweep(segment=segment, pointer=pointer, values=values, by=None, now=NOON)
        assert caught.value.pointer == place


def test_a_backtest_can_be_cancelled(segment: Segment) -> None:
    job = request_backtest(segment=segment, days=9, by=None, now=NOON + 10 * DAY)
    cancel(job=job)
    run(job=job, now=NOON + 10 * DAY)
    job.refresh_from_db()
    assert (job.state, job.result) == ("cancelled", None)
