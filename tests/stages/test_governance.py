"""Changes of the portfolio: tried first, applied at one instant, equal to deciding everybody again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import AuditEntry
from segmentation.causes import Cause
from segmentation.errors import GovernanceError
from segmentation.govern import govern
from segmentation.governance import (
    put_exclusion,
    put_group,
    rename_group,
    set_full_stop,
    set_hysteresis,
    set_priorities,
    try_place,
)
from segmentation.lifecycle import archive, pause, resume
from segmentation.models import ExclusionGroup, GovernanceChange, Membership, MembershipChange, Segment
from segmentation.portfolio import open_book
from segmentation.regovern import Effect
from segmentation.reorder import moved, rebased
from segmentation.save import create
from segmentation.statics import add_members, remove_members
from segmentation.undo import standing, undo
from tests.stages.shop import DAY, HOUR, NOON, customer, did, identify, live, log, pass_time, rule, settle, track, who

pytestmark = pytest.mark.django_db


def three() -> None:
    """Segments a, b, c of everybody who viewed, added, ordered; ada did all, bob viewed and added."""
    for slug, event in (("a", "Product Viewed"), ("b", "Product Added"), ("c", "Checkout Started")):
        live(slug, rule(did(event)))
        track("ada", event, NOON)
        if slug != "c":
            track("bob", event, NOON)
    settle(NOON)


def assert_governed() -> None:
    """What is stored equals the verdicts of everybody's segments."""
    portfolio = open_book().portfolio
    stored: dict[int, dict[int, int | None]] = {}
    for row in Membership.objects.filter(segment__status="live"):
        assert (row.state == "active") == (row.suppressed_by_id is None)
        stored.setdefault(row.customer_id, {})[row.segment_id] = row.suppressed_by_id
    for held in stored.values():
        assert govern(qualified=held, portfolio=portfolio) == held


def counted(effect: Effect) -> tuple[int, int]:
    return effect.suppressed, effect.released


def test_a_group_suppresses_all_but_the_highest_after_a_dry_run_that_says_so() -> None:
    three()
    tried = put_group(name="Offers", segments=["a", "b", "c"], dry_run=True, by=None, now=NOON + HOUR)
    assert counted(tried) == (3, 0)
    assert not ExclusionGroup.objects.exists()
    assert not Membership.objects.filter(state="suppressed").exists()
    with connection.cursor() as cursor:
        cursor.execute(*tried.suppressing)
        pairs = set(cursor.fetchall())
    assert counted(put_group(name="Offers", segments=["a", "b", "c"], by=None, now=NOON + HOUR)) == (3, 0)
    assert (who("a", "active"), who("b", "suppressed"), who("c", "suppressed")) == (
        {"ada", "bob"},
        {"ada", "bob"},
        {"ada"},
    )
    assert pairs == set(Membership.objects.filter(state="suppressed").values_list("segment_id", "customer_id"))
    change = MembershipChange.objects.filter(kind="suppressed").first()
    assert change is not None and change.suppressed_by is not None
    assert (change.cause_kind, change.cause_id, change.suppressed_by.slug) == ("governance", "exclusion_group", "a")
    assert counted(put_group(name="Offers", segments=["a", "b", "c"], by=None, now=NOON + HOUR)) == (0, 0)
    assert AuditEntry.objects.filter(object_type="governance").count() == 1
    assert_governed()


def test_a_new_order_swaps_who_speaks_and_a_group_of_one_ends() -> None:
    three()
    put_group(name="Offers", segments=["a", "b"], by=None, now=NOON)
    assert counted(set_priorities(segments=["b", "c"], dry_run=True, by=None, now=NOON + HOUR)) == (2, 2)
    assert [one.slug for one in Segment.objects.order_by("rank")] == ["a", "b", "c"]
    assert counted(set_priorities(segments=["b", "c"], by=None, now=NOON + HOUR)) == (2, 2)
    assert [one.slug for one in Segment.objects.order_by("rank")] == ["b", "c", "a"]
    assert (who("b", "active"), who("a", "suppressed")) == ({"ada", "bob"}, {"ada", "bob"})
    assert counted(put_group(name="Offers", segments=["a"], by=None, now=NOON + 2 * HOUR)) == (0, 2)
    assert not ExclusionGroup.objects.exists()
    assert log("a", "bob") == [("entered", "event"), ("suppressed", "governance"), ("released", "governance")]
    assert_governed()


def test_an_exclusion_points_downwards_or_is_refused_now_and_later() -> None:
    three()
    with pytest.raises(GovernanceError, match="has to rank above") as caught:
        put_exclusion(segment="c", excludes=["a"], by=None, now=NOON)
    assert caught.value.code == "exclusion_order"
    assert counted(put_exclusion(segment="a", excludes=["c"], by=None, now=NOON)) == (1, 0)
    with pytest.raises(GovernanceError, match="has to rank above"):
        set_priorities(segments=["c", "a", "b"], by=None, now=NOON)
    assert [one.slug for one in Segment.objects.order_by("rank")] == ["a", "b", "c"]
    assert counted(put_exclusion(segment="a", excludes=[], by=None, now=NOON)) == (0, 1)
    assert_governed()


def test_unknown_and_repeated_segments_are_refused_with_their_place() -> None:
    three()
    with pytest.raises(GovernanceError) as caught:
        set_priorities(segments=["a", "ghost"], by=None, now=NOON)
    assert (caught.value.code, caught.value.pointer) == ("unknown_segment", "/segments/1")
    with pytest.raises(GovernanceError) as caught:
        set_priorities(segments=["a", "a"], by=None, now=NOON)
    assert caught.value.code == "repeated"


def test_a_full_stop_silences_everything_below() -> None:
    three()
    assert counted(set_full_stop(segment="b", blocks_all_below=True, by=None, now=NOON)) == (1, 0)
    assert (who("a", "active"), who("c", "suppressed")) == ({"ada", "bob"}, {"ada"})
    assert counted(set_full_stop(segment="b", blocks_all_below=False, by=None, now=NOON)) == (0, 1)
    assert_governed()


def test_an_entry_suppresses_what_is_below_and_an_exit_releases_it() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)))
    live("adders", rule(did("Product Added")))
    put_group(name="Offers", segments=["viewers", "adders"], by=None, now=NOON)
    track("ada", "Product Added", NOON)
    settle(NOON)
    message = track("ada", "Product Viewed", NOON + HOUR)
    settle(NOON + HOUR)
    suppressed = MembershipChange.objects.get(kind="suppressed")
    assert (suppressed.cause_kind, suppressed.cause_id) == ("event", message)
    pass_time(NOON + HOUR + DAY)
    assert log("adders", "ada") == [("entered", "event"), ("suppressed", "event"), ("released", "clock")]
    assert_governed()


def test_a_verdict_that_follows_from_another_verdict_has_its_cause() -> None:
    for slug, event in (
        ("top", "Order Completed"),
        ("mid", "Product Viewed"),
        ("low", "Product Added"),
        ("beside", "Gift"),
    ):
        live(slug, rule(did(event)))
    put_group(name="Offers", segments=["top", "mid"], by=None, now=NOON)
    put_exclusion(segment="mid", excludes=["low"], by=None, now=NOON)
    track("ada", "Product Viewed", NOON)
    track("ada", "Product Added", NOON)
    settle(NOON)
    track("ada", "Gift", NOON + HOUR)
    order = track("ada", "Order Completed", NOON + HOUR)
    settle(NOON + HOUR)
    turned = MembershipChange.objects.exclude(kind="entered").order_by("pk")
    assert [(one.segment.slug, one.kind, one.cause_id) for one in turned] == [
        ("mid", "suppressed", order),
        ("low", "released", order),
    ]


def test_whoever_enters_below_an_active_segment_enters_suppressed() -> None:
    live("viewers", rule(did("Product Viewed")))
    live("adders", rule(did("Product Added")))
    put_group(name="Offers", segments=["viewers", "adders"], by=None, now=NOON)
    track("ada", "Product Viewed", NOON)
    track("ada", "Product Added", NOON)
    settle(NOON)
    change = MembershipChange.objects.get(segment__slug="adders")
    assert change.suppressed_by is not None
    assert (change.kind, change.state, change.suppressed_by.slug) == ("entered", "suppressed", "viewers")


def test_a_paused_segment_suppresses_nobody_until_it_is_resumed() -> None:
    three()
    put_group(name="Offers", segments=["a", "b"], by=None, now=NOON)
    segment = Segment.objects.get(slug="a")
    pause(segment=segment, by=None, now=NOON + HOUR)
    assert who("b", "active") == {"ada", "bob"}
    resume(segment=segment, by=None, now=NOON + 2 * HOUR)
    assert who("b", "suppressed") == {"ada", "bob"}
    assert_governed()


def test_a_static_list_is_governed_and_read_like_any_other() -> None:
    ada = identify("ada", NOON)
    live("quiet", rule(did("Product Viewed", 0)), now=NOON)
    held = create(name="Legal hold", kind="static", by=None, now=NOON)
    set_priorities(segments=["legal-hold"], by=None, now=NOON)
    set_full_stop(segment="legal-hold", blocks_all_below=True, by=None, now=NOON)
    live("held", rule({"type": "segment", "segment": "legal-hold", "state": "in"}), now=NOON)
    why = Cause("manual", detail="by hand", at=NOON)
    assert add_members(segment=held, customers=[ada, 999_999], cause=why, now=NOON) == 1
    assert add_members(segment=held, customers=[ada], cause=why, now=NOON) == 0
    assert (who("legal-hold", "active"), who("quiet", "suppressed"), who("held", "suppressed")) == (
        {"ada"},
        {"ada"},
        {"ada"},
    )
    assert remove_members(segment=held, customers=[ada], cause=why, now=NOON + HOUR) == 1
    assert (who("legal-hold"), who("quiet", "active"), who("held")) == (set(), {"ada"}, set())
    assert log("held", "ada") == [("entered", "manual"), ("exited", "manual")]


def test_a_shorter_grace_lets_those_go_who_wait() -> None:
    segment = live("viewers", rule(did("Product Viewed", 1, days=1)), exit_grace={"amount": 30, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + 2 * DAY)
    assert who("viewers") == {"ada"}
    set_hysteresis(segment=segment, settings={"exit_grace": None}, by=None, now=NOON + 3 * DAY)
    settle(NOON + 3 * DAY)
    assert who("viewers") == set()
    assert customer("ada")
    with pytest.raises(GovernanceError, match="duration"):
        set_hysteresis(segment=segment, settings={"min_stay": {"amount": 1, "unit": "moons"}}, by=None, now=NOON)


def latest() -> GovernanceChange:
    return GovernanceChange.objects.latest("number")


def test_every_setting_is_a_numbered_change_that_can_be_undone_and_done_again() -> None:
    three()
    by, at = User.objects.create(username="mara"), NOON + HOUR
    put_group(name="Offers", segments=["b", "a"], by=by, reason="One offer at a time", now=at)
    rename_group(name="Offers", to="One offer", by=by, now=at)
    set_priorities(segments=["b", "a", "c"], by=by, now=at)
    put_exclusion(segment="a", excludes=["c"], by=by, now=at)
    set_full_stop(segment="b", blocks_all_below=True, by=by, now=at)
    grace = {"exit_grace": {"amount": 2, "unit": "days"}}
    set_hysteresis(segment=Segment.objects.get(slug="a"), settings=grace, by=by, now=at)
    rows = list(GovernanceChange.objects.order_by("number"))
    assert [one.number for one in rows] == [1, 2, 3, 4, 5, 6]
    assert (rows[0].before, rows[0].after) == (None, {"name": "Offers", "segments": ["a", "b"]})
    assert (rows[0].by, rows[0].reason, rows[0].effect["suppressed"]) == (by, "One offer at a time", 2)
    assert rows[0].effect["segments"] == [{"slug": "b", "suppressed": 2, "released": 0}]
    assert (rows[3].about, rows[3].before, rows[3].after) == ("a", [], ["c"])
    for row in reversed(rows):
        held = dict(Membership.objects.values_list("pk", "state"))
        tried = undo(change=row, dry_run=True, by=by, now=at)
        assert held == dict(Membership.objects.values_list("pk", "state"))
        done = undo(change=row, by=by, now=at)
        assert counted(tried) == counted(done)
        assert done.change is not None and latest().undoes == row and standing(latest()) == row.before
        assert_governed()
    assert not ExclusionGroup.objects.exists() and not Membership.objects.filter(state="suppressed").exists()
    assert counted(undo(change=latest(), by=by, now=at)) == (2, 0)
    assert latest().number == 13 and ExclusionGroup.objects.get().name == "Offers"


def test_a_change_that_changes_nothing_or_is_only_tried_is_no_change() -> None:
    three()
    set_priorities(segments=["a", "b", "c"], by=None, now=NOON)
    put_group(name="Alone", segments=["a"], by=None, now=NOON)
    set_full_stop(segment="a", blocks_all_below=True, dry_run=True, by=None, now=NOON)
    stay = {"min_stay": {"amount": 1, "unit": "days"}}
    set_hysteresis(segment=Segment.objects.get(slug="a"), settings=stay, dry_run=True, by=None, now=NOON)
    assert not GovernanceChange.objects.exists()
    assert Segment.objects.get(slug="a").min_stay is None


def test_a_full_stop_and_a_place_tried_together_say_what_both_then_do() -> None:
    three()
    put_exclusion(segment="a", excludes=["b"], by=None, now=NOON)
    lowest = Segment.objects.get(slug="c")
    with pytest.raises(GovernanceError, match="has to rank above"):
        try_place(segment=lowest, blocks_all_below=True, segments=["c", "b", "a"])
    for stop, order in ((False, ["a", "c", "b"]), (True, ["c", "a", "b"])):
        changes = GovernanceChange.objects.count()
        before = {*Membership.objects.filter(state="suppressed").values_list("pk", flat=True)}
        tried = try_place(segment=lowest, blocks_all_below=stop, segments=order)
        assert GovernanceChange.objects.count() == changes and not Segment.objects.get(slug="c").blocks_all_below
        set_full_stop(segment="c", blocks_all_below=stop, by=None, now=NOON)
        set_priorities(segments=order, by=None, now=NOON)
        after = {*Membership.objects.filter(state="suppressed").values_list("pk", flat=True)}
        assert counted(tried) == (len(after - before), len(before - after))
        assert_governed()
    assert counted(tried) == (1, 0), "ada, who has all three, hears from c alone"


def test_what_was_changed_since_is_not_undone_and_newer_segments_keep_their_places() -> None:
    three()
    set_priorities(segments=["b", "a", "c"], by=None, now=NOON)
    first = latest()
    live("d", rule(did("Order Completed")))
    set_priorities(segments=["d"], by=None, now=NOON)
    undo(change=first, by=None, now=NOON)
    assert [one.slug for one in Segment.objects.order_by("rank")] == ["d", "a", "b", "c"]
    with pytest.raises(GovernanceError, match="changed again since by the system in change 3") as caught:
        undo(change=first, by=None, now=NOON)
    assert caught.value.code == "changed_since"
    put_exclusion(segment="a", excludes=["c"], by=None, now=NOON)
    archive(segment=Segment.objects.get(slug="c"), by=None, now=NOON)
    put_exclusion(segment="a", excludes=["b"], by=None, now=NOON)
    with pytest.raises(GovernanceError, match="“c” is live no more"):
        undo(change=first, by=None, now=NOON)
    with pytest.raises(GovernanceError, match="changed again since by the system in change 5"):
        undo(change=GovernanceChange.objects.get(number=4), by=None, now=NOON)


def test_an_order_decided_by_an_older_order_is_refused() -> None:
    three()
    set_priorities(segments=["b", "a", "c"], known=["a", "b", "c"], by=None, now=NOON)
    with pytest.raises(GovernanceError) as caught:
        set_priorities(segments=["c", "a", "b"], known=["a", "b", "c"], by=None, now=NOON)
    assert caught.value.code == "changed_meanwhile"
    assert [one.slug for one in Segment.objects.order_by("rank")] == ["b", "a", "c"]
    wanted = rebased(known=["a", "b", "c"], wanted=["c", "a", "b"], stored=["b", "a", "c"])
    assert (wanted, moved(["b", "a", "c"], wanted)) == (["c", "b", "a"], ["c"])


def test_an_order_looks_only_at_segments_that_have_to_do_with_each_other() -> None:
    three()
    put_group(name="Offers", segments=["a", "b"], by=None, now=NOON)
    with CaptureQueriesContext(connection) as asked:
        set_priorities(segments=["c", "a", "b"], by=None, now=NOON)
    assert not any("segmentation_membership " in (one["sql"] or "") for one in asked)
    assert counted(set_priorities(segments=["b", "c", "a"], by=None, now=NOON)) == (2, 2)
    assert_governed()


def test_trying_says_what_doing_does_for_any_settings_and_holds_nobody_up() -> None:
    three()
    live("d", rule(did("Product Viewed")))
    settle(NOON)
    pause(segment=live("e", rule(did("Product Added"))), by=None, now=NOON)
    dice, slugs = Random(5), ["a", "b", "c", "d", "e"]
    for _ in range(24):
        order = [one.slug for one in Segment.objects.order_by("rank")]
        some, place = dice.sample(slugs, k=dice.randint(0, 4)), dice.randrange(4)
        changes: list[Callable[..., Effect]] = [
            partial(put_group, name=dice.choice(["One", "Two"]), segments=some),
            partial(put_exclusion, segment=order[place], excludes=[one for one in order[place + 1 :] if one in some]),
            partial(set_full_stop, segment=order[place], blocks_all_below=dice.random() < 0.5),
            partial(set_priorities, segments=dice.sample(slugs, k=5)),
        ]
        change = dice.choice(changes)
        try:
            with CaptureQueriesContext(connection) as asked:
                tried = change(dry_run=True, by=None, now=NOON)
        except GovernanceError:
            continue
        assert not any((one["sql"] or "").startswith(("INSERT", "UPDATE", "DELETE")) for one in asked)
        done = change(by=None, now=NOON)
        assert (counted(tried), tried.segments, tried.stops) == (counted(done), done.segments, done.stops)
        assert_governed()
