"""A segment in two drafts that hold, together, exactly its members."""

from __future__ import annotations

import pytest

from customers.models import AuditEntry
from segmentation.errors import SegmentError
from segmentation.lifecycle import archive
from segmentation.models import MembershipChange, Segment
from segmentation.publish import publish
from segmentation.rules.faults import RuleError
from segmentation.save import create, save_draft
from segmentation.split import split
from segmentation.work import run
from tests.stages.campaign import author
from tests.stages.shop import HOUR, NOON, attribute, did, identify, live, rule, settle, track, who

pytestmark = pytest.mark.django_db

GOLD = attribute("tier", "gold")


def viewers() -> Segment:
    """Ada is gold, Ben silver, of Cleo nobody knows; Dan opened a ticket and is left out."""
    for name, traits in (("ada", {"tier": "gold"}), ("ben", {"tier": "silver"}), ("cleo", {}), ("dan", {})):
        identify(name, NOON - HOUR, **traits)
        track(name, "Product Viewed", NOON - HOUR)
    track("dan", "Ticket Opened", NOON - HOUR)
    stays = {"goal": "Sell", "channels": ["email"], "exit_grace": {"amount": 2, "unit": "days"}}
    return live("viewers", rule(did("Product Viewed"), exclude=[did("Ticket Opened")]), NOON, **stays)


def test_the_parts_hold_the_members_once_those_of_whom_nothing_is_known_too() -> None:
    whole = viewers()
    first, second = split(segment=whole, condition=GOLD, by=author(), now=NOON)
    assert (first.name, second.name) == ("Viewers: tier is gold", "Viewers: others")
    for part in (first, second):
        assert (part.status, part.goal, part.channels) == ("draft", "Sell", ["email"])
        assert part.exit_grace == {"amount": 2, "unit": "days"} and list(part.made_from.all()) == [whole]
    assert who("viewers") == {"ada", "ben", "cleo"}, "Nothing changes for the whole before the parts are published."
    for part in (first, second):
        run(job=publish(segment=part, by=author(), now=NOON), now=NOON)
    assert (who(first.slug), who(second.slug)) == ({"ada"}, {"ben", "cleo"})
    archive(segment=whole, by=author(), now=NOON)
    identify("cleo", NOON + HOUR, tier="gold")
    settle(NOON + HOUR)
    assert who(first.slug) == {"ada", "cleo"}
    moved = MembershipChange.objects.filter(customer__user_id="cleo", segment=second).order_by("pk")
    assert [one.kind for one in moved] == ["entered"], (
        "An exit grace goes along: she stays with the others for two days."
    )


def test_the_same_split_twice_leaves_the_same_drafts() -> None:
    whole = viewers()
    first = split(segment=whole, condition=GOLD, by=author(), now=NOON)
    written = AuditEntry.objects.count()
    assert split(segment=whole, condition=GOLD, by=author(), now=NOON) == first
    assert (AuditEntry.objects.count(), Segment.objects.count()) == (written, 3)
    save_draft(segment=first[0], rule=rule(GOLD), now=NOON)
    assert split(segment=whole, condition=GOLD, by=author(), now=NOON) != first, (
        "A draft that somebody edited is theirs."
    )


def test_the_live_rule_is_split_and_not_the_draft() -> None:
    whole = viewers()
    save_draft(segment=whole, rule=rule(did("Order Completed")), now=NOON)
    first, _ = split(segment=whole, condition=GOLD, names=("Gold", "Others"), by=author(), now=NOON)
    assert first.rule["include"]["conditions"] == [did("Product Viewed"), GOLD] and first.name == "Gold"


def test_what_cannot_be_split_says_why() -> None:
    whole = viewers()
    with pytest.raises(RuleError) as wrong:
        split(segment=whole, condition={"type": "attribute", "key": "tier", "operator": "near"}, by=None, now=NOON)
    assert [fault.pointer for fault in wrong.value.faults] == ["/operator"]
    guests = create(name="Guests", kind="static", by=None, now=NOON)
    with pytest.raises(SegmentError, match="no rule to split"):
        split(segment=guests, condition=GOLD, by=None, now=NOON)
    with pytest.raises(SegmentError, match="both segments a name"):
        split(segment=whole, condition=GOLD, names=("One", " "), by=None, now=NOON)
    archive(segment=whole, by=None, now=NOON)
    with pytest.raises(SegmentError, match="kept as it was"):
        split(segment=whole, condition=GOLD, by=None, now=NOON)
    assert not Segment.objects.filter(status="draft").exists()
