"""The past played again equals the past lived through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import DirtyCustomer
from segmentation.history import members_at
from segmentation.models import Membership, MembershipChange, Segment, Sweep
from segmentation.publish import publish
from segmentation.replay import replay
from segmentation.save import create
from segmentation.work import run
from tests.stages.shop import DAY, HOUR, NOON, did, in_segment, rule, settle, track

pytestmark = pytest.mark.django_db
RULES = {
    "viewers": rule(did("Product Viewed", 2, days=2)),
    "buyers": rule(did("Order Completed")),
    "keen": rule(in_segment("viewers"), exclude=[in_segment("buyers")]),
}


def happenings() -> list[tuple[str, str, timedelta]]:
    events = [
        (user, "Product Viewed", place * hours * HOUR)
        for user, hours in (("ada", 11), ("bob", 26))
        for place in range(9)
    ]
    return sorted(
        [*events, ("ada", "Order Completed", 30 * HOUR), ("cleo", "Product Viewed", 3 * DAY)], key=lambda one: one[2]
    )


def publish_all() -> None:
    for slug, document in RULES.items():
        segment = create(name=slug, slug=slug, rule=document, by=None, now=NOON)
        run(job=publish(segment=segment, by=None, now=NOON), now=NOON)


def test_a_replay_ends_where_living_through_it_does_and_knows_the_days_between() -> None:
    for user, event, after in happenings():
        track(user, event, NOON + after, received=NOON + after)
    DirtyCustomer.objects.all().delete()
    publish_all()
    end = NOON + 8 * DAY
    played = replay(since=NOON, until=end, step=DAY)
    assert played.steps == 8
    assert played.changes > 0
    assert not DirtyCustomer.objects.exists()
    assert Sweep.objects.get().until == end
    for day in range(9):
        at = NOON + day * DAY
        for segment in Segment.objects.all():
            assert members_at(segment=segment, at=at) == sorted(_truth(segment.slug, at)), (segment.slug, day)
    causes = set(MembershipChange.objects.filter(at__gt=NOON).values_list("cause_kind", flat=True))
    assert causes == {"event", "clock"}
    before = list(Membership.objects.values()), MembershipChange.objects.count()
    assert not MembershipChange.objects.exclude(written_at=None).filter(at__gt=NOON).exists()
    assert replay(since=end, until=end).steps == 0
    settle(end)
    assert (list(Membership.objects.values()), MembershipChange.objects.count()) == before


def _truth(slug: str, at: object) -> set[int]:
    """Who belongs at an instant, counted by hand."""
    from tests.stages.shop import customer

    def views(user: str) -> int:
        return sum(
            one == user and event == "Product Viewed" and at - 2 * DAY < NOON + after <= at
            for one, event, after in happenings()
        )

    bought = {"ada"} if at >= NOON + 30 * HOUR else set()
    viewers = {user for user in ("ada", "bob", "cleo") if views(user) >= 2}
    found = {"viewers": viewers, "buyers": bought, "keen": viewers - bought}[slug]
    return {customer(user) for user in found}
