"""Verb 5: a change is written where a membership row moved, and nowhere else."""

from __future__ import annotations

import pytest

from segmentation.causes import Cause
from segmentation.models import DueLook, Membership, MembershipChange
from segmentation.record import Change, Waiting, record
from tests.stages.shop import DAY, HOUR, NOON, attribute, identify, live, rule

pytestmark = pytest.mark.django_db
CAUSE = Cause("event", id="m-1", detail="Product Viewed", at=NOON)


def rows() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Membership, MembershipChange, DueLook)]


@pytest.fixture
def place() -> tuple[int, int, int]:
    """Two segments and a customer who is in neither."""
    nobody = rule(attribute("country", "nowhere"))
    return live("one", nobody).pk, live("two", nobody).pk, identify("ada", NOON)


def test_every_kind_of_change_is_written_once(place: tuple[int, int, int]) -> None:
    one, two, ada = place
    steps = [
        (Change("entered", one, ada, 1, CAUSE), 1),
        (Change("entered", two, ada, 1, CAUSE, suppressed_by=one), 1),
        (Change("released", two, ada, 1, CAUSE), 1),
        (Change("suppressed", two, ada, 1, CAUSE, suppressed_by=one), 1),
        (Change("reassigned", two, ada, 1, CAUSE, suppressed_by=None), 0),
        (Change("exited", one, ada, 1, CAUSE), 1),
    ]
    for hours, (change, logged) in enumerate(steps):
        now = NOON + hours * HOUR
        assert record(changes=[change], now=now) == logged
        before = rows()
        assert record(changes=[change], now=now + HOUR) == 0
        assert rows() == before
    changes = MembershipChange.objects.order_by("pk").values_list("kind", "state", "at")
    assert [(kind, state) for kind, state, _ in changes] == [
        ("entered", "active"),
        ("entered", "suppressed"),
        ("released", "active"),
        ("suppressed", "suppressed"),
        ("exited", "active"),
    ]
    left = Membership.objects.get()
    assert (left.segment_id, left.state, left.since, left.state_since) == (
        two,
        "suppressed",
        NOON + HOUR,
        NOON + 3 * HOUR,
    )


def test_what_hysteresis_waits_for_is_kept_moved_and_forgotten(place: tuple[int, int, int]) -> None:
    one, _, ada = place
    record(changes=[Change("entered", one, ada, 1, CAUSE)], now=NOON)
    waiting = Waiting(one, ada, false_since=NOON + HOUR, look_at=NOON + DAY)
    for _ in range(2):
        record(changes=[], waiting=[waiting], now=NOON + HOUR)
        assert Membership.objects.get().false_since == NOON + HOUR
        assert DueLook.objects.get().at == NOON + DAY
    record(changes=[], waiting=[Waiting(one, ada)], now=NOON + 2 * HOUR)
    assert Membership.objects.get().false_since is None
    assert not DueLook.objects.exists()
