"""Rebuild: beside live evaluation, cancelled, begun again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from customers.models import DirtyCustomer
from segmentation import rebuild as rebuilding
from segmentation.causes import Cause
from segmentation.jobs import Progress, cancel
from segmentation.models import Job, LookedAt, MembershipChange, Segment, Sweep
from segmentation.publish import publish
from segmentation.rebuild import run_now_if_small
from segmentation.save import create, save_draft
from segmentation.statics import add_members, remove_members
from segmentation.work import run, work
from tests.stages.shop import (
    DAY,
    HOUR,
    NOON,
    did,
    edit,
    identify,
    in_segment,
    live,
    log,
    rule,
    settle,
    track,
    who,
)

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
    monkeypatch.setattr(rebuilding, "CHUNK", 1)


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
    save_draft(segment=segment, rule=rule(did("Cart Viewed")), now=NOON + HOUR)
    cancel(job=publish(segment=segment, by=None, now=NOON + HOUR))
    while work(now=NOON + HOUR):
        pass
    segment.refresh_from_db()
    version = segment.live_version
    assert version and version.number == 1, "what was cancelled before never comes back"
    assert who("viewers") == {"ada", "bob", "cleo"}


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


Interlude = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Interlude:
    """Have something happen when the set query was answered and nobody was decided yet."""
    asked = rebuilding._candidates

    def happen(act: Callable[[], object]) -> None:
        def ask_and_act(segment: Segment, now: datetime) -> Any:
            found = asked(segment, now)
            act()
            return found

        monkeypatch.setattr(rebuilding, "_candidates", ask_and_act)

    return happen


@pytest.mark.parametrize("evaluated", [False, True])
def test_an_event_that_comes_between_the_set_query_and_the_decision_counts(
    meanwhile: Interlude, evaluated: bool
) -> None:
    track("ada", "Product Viewed", NOON)
    track("bob", "Product Viewed", NOON)
    segment = live("bouncers", rule(did("Product Viewed", 2)), now=NOON)
    settle(NOON)

    def order() -> None:
        track("ada", "Order Completed", NOON + HOUR, order_id="o", revenue=1)
        if evaluated:
            settle(NOON + HOUR)

    meanwhile(order)
    edit(segment, rule(did("Product Viewed"), exclude=[did("Order Completed")]), NOON + HOUR)
    assert who("bouncers") == {"bob"}
    settle(NOON + HOUR)
    assert who("bouncers") == {"bob"}


def test_who_was_dirty_when_everybody_was_asked_is_taken_at_that_word(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("ada", "bob"):
        track(user, "Product Viewed", NOON)
    monkeypatch.delattr(rebuilding, "decide")
    live("viewers", rule(did("Product Viewed")), now=NOON)
    assert who("viewers") == {"ada", "bob"}


def test_a_move_in_a_segment_that_is_read_counts_meanwhile(meanwhile: Interlude) -> None:
    people = {user: identify(user, NOON) for user in ("ada", "bob")}
    settle(NOON)
    listed = create(name="Listed", slug="listed", kind="static", by=None, now=NOON)
    by_hand = Cause("manual", id="somebody", at=NOON)
    add_members(segment=listed, customers=people.values(), cause=by_hand, now=NOON)
    meanwhile(lambda: remove_members(segment=listed, customers=[people["ada"]], cause=by_hand, now=NOON + HOUR))
    live("reading", rule(in_segment("listed")), now=NOON + HOUR)
    assert who("reading") == {"bob"}


def test_looks_are_noted_for_open_rebuilds_only(meanwhile: Interlude) -> None:
    def look() -> None:
        track("ada", "Product Viewed", NOON)
        settle(NOON)

    look()
    assert not LookedAt.objects.exists()
    meanwhile(look)
    live("viewers", rule(did("Product Viewed")), now=NOON)
    assert LookedAt.objects.count() == 1
    assert who("viewers") == {"ada"}


def test_looks_are_forgotten_when_no_other_rebuild_can_ask_for_them() -> None:
    LookedAt.objects.create(customer_id=1, transaction=1)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    assert not LookedAt.objects.exists()
    LookedAt.objects.create(customer_id=1, transaction=1)
    Job.objects.create(kind="rebuild", created_at=NOON)
    edit(segment, rule(did("Product Viewed", 2)), NOON)
    assert LookedAt.objects.exists()


def test_a_job_that_fails_says_why() -> None:
    segment = live("viewers", rule(did("Product Viewed")))
    job = Job.objects.create(kind="rebuild", segment=segment, parameters={}, created_at=NOON)
    assert run(job=job, now=NOON)
    job.refresh_from_db()
    assert (job.state, "version" in job.error) == ("failed", True)
