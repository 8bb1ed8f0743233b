"""Rebuild: beside live evaluation, cancelled, begun again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from customers.models import DirtyCustomer
from segmentation import rebuild as rebuilding
from segmentation.jobs import Progress, cancel
from segmentation.models import Job, MembershipChange, Segment, Sweep
from segmentation.publish import publish
from segmentation.rebuild import run_now_if_small
from segmentation.save import create, save_draft
from segmentation.work import run, work
from tests.stages.shop import DAY, HOUR, NOON, did, edit, live, log, rule, settle, track, who

pytestmark = pytest.mark.django_db


def test_dirty_customers_stay_dirty() -> None:
    track("ada", "Product Viewed", NOON)
    live("viewers", rule(did("Product Viewed")), now=NOON)
    assert DirtyCustomer.objects.count() == 1
    assert who("viewers") == {"ada"}
    assert settle(NOON) == 0


def test_a_rebuild_done_twice_changes_nothing_the_second_time() -> None:
    track("ada", "Product Viewed", NOON)
    live("viewers", rule(did("Product Viewed")), now=NOON)
    job = Job.objects.get()
    Job.objects.update(state="running")
    assert run(job=job, now=NOON + HOUR) is True
    job.refresh_from_db()
    assert job.result == {"candidates": 0, "changes": 0}
    assert MembershipChange.objects.count() == 1


def test_no_answer_is_from_before_the_swept_clock() -> None:
    track("ada", "Product Viewed", NOON)
    segment = create(name="S", slug="s", rule=rule(did("Product Viewed", 1, days=1)), by=None, now=NOON)
    job = publish(segment=segment, by=None, now=NOON)
    Sweep.objects.update(until=NOON + 2 * DAY)
    run(job=job, now=NOON)
    assert who("s") == set()


def _cancelled_at(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have somebody cancel whatever job gets this far."""
    say = Progress.say

    def say_and_cancel(self: Progress, done: float, said: str = "") -> None:
        self._said_at = float("-inf")
        if done >= share:
            cancel(job=self._job)
        say(self, done, said)

    monkeypatch.setattr(Progress, "say", say_and_cancel)
    monkeypatch.setattr(rebuilding, "BATCH", 1)


def test_a_cancelled_rebuild_returns_to_the_version_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("ada", "bob", "cleo"):
        track(user, "Product Viewed", NOON)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    draft = rule(did("Product Added"))
    save_draft(segment=segment, rule=draft, now=NOON)
    job = publish(segment=segment, by=None, now=NOON + HOUR)
    with monkeypatch.context() as patch:
        _cancelled_at(0.3, patch)
        run(job=job, now=NOON + HOUR)
    job.refresh_from_db()
    segment.refresh_from_db()
    assert job.state == "cancelled"
    assert len(who("viewers")) == 2
    assert segment.live_version is not None and segment.live_version.number == 1
    assert segment.rule == draft
    assert work(now=NOON + HOUR) is True
    assert who("viewers") == {"ada", "bob", "cleo"}
    assert work(now=NOON + HOUR) is False


def test_a_first_publish_that_is_cancelled_leaves_the_segment_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("ada", "bob"):
        track(user, "Product Viewed", NOON)
    segment = create(name="S", slug="s", rule=rule(did("Product Viewed")), by=None, now=NOON)
    job = publish(segment=segment, by=None, now=NOON)
    with monkeypatch.context() as patch:
        _cancelled_at(0.5, patch)
        run(job=job, now=NOON)
    assert Segment.objects.get().status == "paused"
    assert len(who("s")) == 1


def test_a_job_that_nobody_began_is_cancelled_too() -> None:
    track("ada", "Product Viewed", NOON)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    save_draft(segment=segment, rule=rule(did("Product Added")), now=NOON)
    job = publish(segment=segment, by=None, now=NOON + HOUR)
    assert cancel(job=job)
    while work(now=NOON + HOUR):
        pass
    assert who("viewers") == {"ada"}
    assert log("viewers", "ada") == [("entered", "rule")]
    assert cancel(job=job) is False


def test_a_small_base_is_rebuilt_while_the_publisher_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    track("ada", "Product Viewed", NOON)
    track("bob", "Product Viewed", NOON)
    segment = create(name="S", slug="s", rule=rule(did("Product Viewed")), by=None, now=NOON)
    job = publish(segment=segment, by=None, now=NOON)
    monkeypatch.setattr(rebuilding, "SMALL", 1)
    assert run_now_if_small(job=job, now=NOON) is False
    monkeypatch.setattr(rebuilding, "SMALL", 2)
    assert run_now_if_small(job=job, now=NOON) is True
    assert who("s") == {"ada", "bob"}


def test_an_event_that_comes_between_the_set_query_and_the_batch_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    track("ada", "Product Viewed", NOON)
    segment = live("bouncers", rule(did("Product Viewed")), now=NOON)
    asked = rebuilding._candidates

    def ask_and_order(segment: Segment, now: datetime) -> Any:
        found = asked(segment, now)
        track("ada", "Order Completed", NOON + HOUR, order_id="o", revenue=1)
        return found

    monkeypatch.setattr(rebuilding, "_candidates", ask_and_order)
    edit(segment, rule(did("Product Viewed"), exclude=[did("Order Completed")]), NOON + HOUR)
    settle(NOON + HOUR)
    assert who("bouncers") == set()


def test_a_job_that_fails_says_why() -> None:
    segment = live("viewers", rule(did("Product Viewed")))
    job = Job.objects.create(kind="rebuild", segment=segment, parameters={}, created_at=NOON)
    assert run(job=job, now=NOON)
    job.refresh_from_db()
    assert (job.state, "version" in job.error) == ("failed", True)
