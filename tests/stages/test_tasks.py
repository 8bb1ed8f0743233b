"""The tasks ring verbs and nothing else: called as functions, on a stopped clock."""

from __future__ import annotations

import pytest

from common.clock import frozen
from customers.models import DirtyCustomer
from segmentation import evaluate, tasks
from segmentation.models import AuditRun, Membership, Sweep
from segmentation.publish import publish
from segmentation.save import create
from tests.stages.shop import DAY, HOUR, NOON, did, identify, live, rule, track, who

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no reason to stop half way."""
    monkeypatch.setattr(tasks, "ROUND", 600.0)
    monkeypatch.setattr(tasks, "JOBS_ROUND", 600.0)


def test_evaluate_goes_on_while_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "BATCH", 2)
    live("viewers", rule(did("Product Viewed")))
    for number in range(9):
        track(f"u{number}", "Product Viewed", NOON)
    with frozen(NOON):
        assert tasks.evaluate() == 9
        assert tasks.evaluate() == 0
    assert len(who("viewers")) == 9


def test_evaluate_says_how_many_moved_and_not_how_many_it_looked_at() -> None:
    live("viewers", rule(did("Product Viewed")))
    for user, event in (("ada", "Product Viewed"), ("bob", "Page Viewed"), ("cid", "Page Viewed")):
        track(user, event, NOON)
    with frozen(NOON):
        assert tasks.evaluate() == 1
    assert not DirtyCustomer.objects.exists()


def test_the_sweep_leaves_marks_for_evaluate() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)))
    track("ada", "Product Viewed", NOON)
    with frozen(NOON):
        tasks.evaluate()
    with frozen(NOON + DAY):
        assert tasks.sweep() == 1
        assert Sweep.objects.get().until == NOON + DAY
        assert tasks.evaluate() == 1
    assert not Membership.objects.exists()


def test_jobs_are_done_one_after_the_other() -> None:
    track("ada", "Product Viewed", NOON)
    for slug in ("one", "two"):
        segment = create(name=slug, slug=slug, rule=rule(did("Product Viewed")), by=None, now=NOON)
        publish(segment=segment, by=None, now=NOON)
    with frozen(NOON):
        assert tasks.jobs() == 2
        assert tasks.jobs() == 0
    assert who("one") == who("two") == {"ada"}


def test_thresholds_and_audit_look_at_every_live_segment() -> None:
    identify("ada", NOON, points=5)
    live("top", rule({"type": "percentile", "key": "points", "side": "top", "percent": 50}), now=NOON)
    with frozen(NOON):
        tasks.evaluate()
    identify("bob", NOON + HOUR, points=50)
    with frozen(NOON + HOUR):
        assert tasks.thresholds() == 1
        assert DirtyCustomer.objects.count() == 2
        tasks.evaluate()
        assert tasks.audit(full=True) == 0
    assert who("top") == {"bob"}
    assert AuditRun.objects.get().checked == 2
