"""The one set query after a change of settings against everybody governed one by one, on random bases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import pytest

from benchmarks.governance import one_by_one
from customers.models import Customer
from segmentation import governance
from segmentation.errors import GovernanceError
from segmentation.lifecycle import pause, resume
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import read_book
from segmentation.regovern import Effect
from tests.flow.literal import assert_governed, assert_the_log_tells_it
from tests.stages.shop import HOUR, MINUTE, NOON

pytestmark = pytest.mark.django_db
SLUGS = [f"s{number}" for number in range(9)]


def base(random: Random) -> None:
    """Nine segments, every third a list made by hand, with random members in line with a portfolio without settings."""
    kinds = [Segment.Kind.STATIC if number % 3 == 0 else Segment.Kind.DYNAMIC for number in range(len(SLUGS))]
    segments = [
        Segment.objects.create(
            slug=slug, name=slug, kind=kind, status="live", rank=rank, created_at=NOON, updated_at=NOON
        )
        for rank, (slug, kind) in enumerate(zip(SLUGS, kinds, strict=True), 1)
    ]
    rows = [Customer(user_id=f"u{number}", created_at=NOON, updated_at=NOON) for number in range(40)]
    for customer in Customer.objects.bulk_create(rows):
        for segment in random.sample(segments, random.randint(0, 6)):
            Membership.objects.create(
                segment=segment, customer=customer, state="active", since=NOON, state_since=NOON, version=0
            )
            MembershipChange.objects.create(
                segment=segment,
                customer=customer,
                kind="entered",
                state="active",
                at=NOON,
                version=0,
                cause_kind="manual",
            )


def some(random: Random, least: int, most: int) -> list[str]:
    return random.sample(SLUGS, random.randint(least, most))


def change(random: Random) -> Callable[..., Effect]:
    """One change of the settings, to be tried and made."""
    kind = random.choice(["order", "order", "group", "group", "no group", "exclusion", "stop"])
    if kind == "order":
        names = some(random, 1, 5)
        return lambda **how: governance.set_priorities(segments=names, **how)
    if kind == "group":
        name, names = random.choice(["one", "two"]), some(random, 2, 5)
        return lambda **how: governance.put_group(name=name, segments=names, **how)
    if kind == "no group":
        return lambda **how: governance.put_group(name="one", segments=[], **how)
    if kind == "exclusion":
        upper, lower = some(random, 1, 1)[0], some(random, 0, 3)
        return lambda **how: governance.put_exclusion(segment=upper, excludes=lower, **how)
    slug, stops = some(random, 1, 1)[0], random.random() < 0.5
    return lambda **how: governance.set_full_stop(segment=slug, blocks_all_below=stops, **how)


def stored() -> dict[tuple[int, int], tuple[Any, ...]]:
    rows = Membership.objects.values_list("customer", "segment", "state", "suppressed_by", "state_since", "since")
    return {row[:2]: row[2:] for row in rows}


def made(done: Callable[..., Effect], now: datetime) -> int:
    """Try a change, make it, and hold both against everybody governed by itself; how many memberships it turned."""
    before, logged = stored(), MembershipChange.objects.count()
    try:
        tried = done(dry_run=True, by=None, now=now)
    except GovernanceError:
        assert before == stored()
        return 0
    assert before == stored() and logged == MembershipChange.objects.count(), "it was only tried"
    effect = done(dry_run=False, by=None, now=now)
    assert (tried.suppressed, tried.released) == (effect.suppressed, effect.released)
    assert one_by_one(read_book().portfolio) == (0, 0), "nobody is left to be turned"
    after = stored()
    moved = [key for key, row in after.items() if row[0] != before[key][0]]
    assert len(moved) == effect.suppressed + effect.released == MembershipChange.objects.count() - logged
    alive = set(Segment.objects.filter(status="live").values_list("pk", flat=True))
    for customer, segment in (key for key, row in after.items() if row != before[key]):
        others = {one for who, one in before if who == customer and one in alive}
        assert len(others) > 1 and segment in alive, "whoever is in one has nothing to turn"
    assert [row[3] for row in after.values()] == [before[key][3] for key in after], "nobody entered anew"
    return len(moved)


@pytest.mark.parametrize("seed", range(3))
def test_a_change_of_settings_is_everybody_governed_one_by_one_and_touches_nobody_else(seed: int) -> None:
    random, now, turned = Random(seed), NOON, 0
    base(random)
    for _ in range(25):
        now += MINUTE
        if random.random() < 0.2:
            one = Segment.objects.get(slug=random.choice(SLUGS))
            verb = pause if one.status == Status.LIVE else resume
            verb(segment=one, by=None, now=now)
        else:
            turned += made(change(random), now)
        assert_governed()
    assert turned > 20
    assert_the_log_tells_it(now + HOUR)
