"""Moving a chunk of customers at once comes to the same as deciding each of them through the live path."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import transaction

from segmentation import rebuild as rebuilding
from segmentation.governance import put_exclusion, put_group, set_full_stop, set_priorities
from segmentation.models import Membership, MembershipChange, Segment
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, edit, identify, in_segment, live, rule, settle, track

pytestmark = pytest.mark.django_db
SLUGS = ["a", "b", "c", "d", "e", "f"]
PEOPLE = [f"u{number}" for number in range(24)]
EVENTS = ["Product Viewed", "Product Added", "Order Completed"]


def some_rule(dice: Random) -> dict[str, Any]:
    event = did(dice.choice(EVENTS), dice.randint(1, 2))
    person = attribute("country", dice.choice(["PL", "DE"]), dice.choice(["is", "is_not"]))
    return rule(*dice.choice([[event], [person], [event, person]]))


def govern_somehow(dice: Random) -> None:
    order = dice.sample(SLUGS, k=len(SLUGS))
    set_priorities(segments=order, by=None, now=NOON)
    for name in ("one", "two")[: dice.randint(0, 2)]:
        put_group(name=name, segments=dice.sample(SLUGS, k=dice.randint(2, 3)), by=None, now=NOON)
    if dice.random() < 0.5:
        upper = dice.randrange(len(order) - 1)
        put_exclusion(segment=order[upper], excludes=[order[upper + 1]], by=None, now=NOON)
    if dice.random() < 0.4:
        set_full_stop(segment=dice.choice(SLUGS), blocks_all_below=True, by=None, now=NOON)


def a_story(dice: Random) -> None:
    """A portfolio that is published, governed, and edited; all that moves is moved by rebuilds."""
    for user in PEOPLE:
        identify(user, NOON - DAY, country=dice.choice(["PL", "DE"]))
        for _ in range(dice.randint(0, 3)):
            track(user, dice.choice(EVENTS), NOON - DAY)
    settle(NOON - DAY)
    for slug in SLUGS:
        live(slug, some_rule(dice), now=NOON - DAY)
    govern_somehow(dice)
    Segment.objects.filter(slug=dice.choice(SLUGS)).update(exit_grace={"amount": 1, "unit": "days"})
    live("reading", rule(in_segment(dice.choice(SLUGS)), exclude=[in_segment(dice.choice(SLUGS), "left")]), now=NOON)
    for number in range(4):
        segment = Segment.objects.get(slug=dice.choice(SLUGS))
        edit(segment, some_rule(dice), NOON + (number + 1) * HOUR, silent=dice.random() < 0.3)


def what_is_stored() -> list[Any]:
    """Memberships and the log, by names."""
    both = ("segment__slug", "customer__user_id", "state", "suppressed_by__slug", "version")
    held = Membership.objects.order_by("segment__slug", "customer__user_id")
    changes = MembershipChange.objects.order_by("at", "segment__slug", "customer__user_id", "pk")
    why = ("kind", "at", "cause_kind", "cause_id", "cause_detail", "caused_at", "silent")
    return [
        list(held.values_list(*both, "since", "state_since", "false_since")),
        list(changes.values_list(*both, *why)),
    ]


def stored_after(seed: int) -> list[Any]:
    """What a story leaves; it is taken back."""
    with transaction.atomic():
        a_story(Random(seed))
        found = what_is_stored()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_chunk_that_moves_at_once_ends_as_if_each_was_decided(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "changed", lambda customers, **_: set())
    at_once = stored_after(seed)
    monkeypatch.setattr(rebuilding, "is_plain", lambda standing, book: False)
    assert at_once == stored_after(seed)
