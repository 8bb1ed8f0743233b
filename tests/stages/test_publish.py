"""Publish: a version is frozen, what it reads is known, cycles are refused, and the switch is one instant."""

from __future__ import annotations

import pytest

from campaigns.models import Journey
from segmentation.errors import SegmentError
from segmentation.lifecycle import archive, pause, resume
from segmentation.models import Job, Membership, MembershipChange, Segment, SegmentDependency
from segmentation.publish import publish
from segmentation.rules.faults import RuleError
from segmentation.save import create, save_draft
from segmentation.work import run, work
from tests.stages.shop import (
    DAY,
    HOUR,
    NOON,
    attribute,
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


def test_publishing_freezes_a_version_and_fills_the_segment() -> None:
    for user in ("ada", "bob"):
        track(user, "Product Viewed", NOON)
    segment = create(name="Viewers", slug="viewers", rule=rule(did("Product Viewed")), by=None, now=NOON)
    job = publish(segment=segment, by=None, note="first", now=NOON)
    assert who("viewers") == set()
    assert work(now=NOON) is True
    assert who("viewers", "active") == {"ada", "bob"}
    segment.refresh_from_db()
    version = segment.live_version
    assert version is not None and (version.number, version.note, segment.rank) == (1, "first", 1)
    assert "Product Viewed" in version.sentence
    assert list(SegmentDependency.objects.values_list("key", flat=True)) == ["event:Product Viewed"]
    change = MembershipChange.objects.first()
    assert change is not None and (change.cause_kind, change.cause_id, change.silent) == ("rule", "1", False)
    job.refresh_from_db()
    assert (job.state, job.progress, job.result) == ("done", 1.0, {"candidates": 2, "changes": 2})


def test_publishing_what_is_live_already_writes_nothing() -> None:
    track("ada", "Product Viewed", NOON)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    before = list(MembershipChange.objects.values()), list(Job.objects.values()), list(Membership.objects.values())
    job = publish(segment=segment, by=None, now=NOON + HOUR)
    assert job.state == "done"
    run(job=job, now=NOON + HOUR)
    assert segment.versions.count() == 1
    after = list(MembershipChange.objects.values()), list(Job.objects.values()), list(Membership.objects.values())
    assert after == before


def test_an_edit_moves_exactly_the_difference_and_can_be_silent() -> None:
    track("ada", "Product Viewed", NOON)
    track("bob", "Product Added", NOON)
    segment = live("shoppers", rule(did("Product Viewed")), now=NOON)
    edit(segment, rule(did("Product Added")), NOON + HOUR, silent=True)
    assert who("shoppers") == {"bob"}
    assert log("shoppers", "ada") == [("entered", "rule"), ("exited", "rule")]
    edited = MembershipChange.objects.filter(version=2)
    assert set(edited.values_list("silent", "cause_id")) == {(True, "2")}


def test_editing_to_nobody_empties_the_segment() -> None:
    track("ada", "Product Viewed", NOON)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    edit(segment, rule(attribute("country", "nowhere")), NOON + HOUR)
    assert who("viewers") == set()
    assert log("viewers", "ada")[-1] == ("exited", "rule")


def test_a_faulty_rule_is_refused_with_its_places_and_nothing_changes() -> None:
    segment = live("viewers", rule(did("Product Viewed")))
    save_draft(segment=segment, rule=rule({"type": "event", "event": "X"}), now=NOON)
    with pytest.raises(RuleError) as caught:
        publish(segment=segment, by=None, now=NOON)
    assert caught.value.faults[0].pointer.startswith("/include/conditions/0")
    segment.refresh_from_db()
    assert segment.live_version is not None and segment.live_version.number == 1


def test_a_cycle_is_refused_with_the_whole_path() -> None:
    live("a", rule(did("Product Viewed")))
    live("b", rule(in_segment("a")))
    live("c", rule(in_segment("b")))
    segment = Segment.objects.get(slug="a")
    save_draft(segment=segment, rule=rule(did("X"), in_segment("c")), now=NOON)
    with pytest.raises(SegmentError, match="a → c → b → a") as caught:
        publish(segment=segment, by=None, now=NOON)
    assert (caught.value.code, caught.value.pointer) == ("cycle", "/include/conditions/1/segment")


def test_a_segment_that_reads_itself_or_nothing_that_is_there_is_refused() -> None:
    segment = create(name="Self", slug="self", rule=rule(in_segment("self")), by=None, now=NOON)
    with pytest.raises(SegmentError, match="self → self"):
        publish(segment=segment, by=None, now=NOON)
    save_draft(segment=segment, rule=rule(in_segment("ghost")), now=NOON)
    with pytest.raises(SegmentError, match="ghost"):
        publish(segment=segment, by=None, now=NOON)


def test_readers_follow_a_rebuild_in_the_same_pass() -> None:
    track("ada", "Product Viewed", NOON)
    read = live("viewers", rule(did("Product Viewed")), now=NOON)
    live("reading", rule(in_segment("viewers")), now=NOON)
    settle(NOON)
    assert who("reading") == {"ada"}
    edit(read, rule(did("Product Added")), NOON + HOUR)
    assert who("reading") == set()
    assert log("reading", "ada")[-1] == ("exited", "rule")


def test_a_later_publish_overtakes_a_rebuild_that_was_not_begun() -> None:
    track("ada", "Product Viewed", NOON)
    segment = create(name="S", slug="s", rule=rule(did("Product Viewed")), by=None, now=NOON)
    first = publish(segment=segment, by=None, now=NOON)
    save_draft(segment=segment, rule=rule(did("Product Added")), now=NOON)
    second = publish(segment=segment, by=None, now=NOON + HOUR)
    assert run(job=first, now=NOON + HOUR) is False
    assert run(job=second, now=NOON + HOUR) is True
    assert who("s") == set()
    assert MembershipChange.objects.count() == 0


def test_a_paused_segment_keeps_its_members_and_a_resumed_one_catches_up() -> None:
    segment = live("viewers", rule(did("Product Viewed", 1, days=2)))
    track("ada", "Product Viewed", NOON)
    settle(NOON)
    pause(segment=segment, by=None, now=NOON)
    pause(segment=segment, by=None, now=NOON)
    track("bob", "Product Viewed", NOON + 2 * DAY)
    settle(NOON + 2 * DAY)
    assert who("viewers") == {"ada"}
    job = resume(segment=segment, by=None, now=NOON + 2 * DAY)
    assert job is not None
    run(job=job, now=NOON + 2 * DAY)
    assert who("viewers") == {"bob"}
    assert resume(segment=segment, by=None, now=NOON + 2 * DAY) is None


def test_no_segment_is_archived_under_a_live_user() -> None:
    read = live("viewers", rule(did("Product Viewed")))
    reader = live("reading", rule(in_segment("viewers")))
    with pytest.raises(SegmentError, match="segment “Reading”"):
        archive(segment=read, by=None, now=NOON)
    archive(segment=reader, by=None, now=NOON)
    flow = {"entry": {"on": "enter", "segment": "viewers"}, "first": "end", "nodes": {"end": {"type": "exit"}}}
    columns = {"slug": "win-back", "name": "Win back", "document": flow, "created_at": NOON, "updated_at": NOON}
    journey = Journey.objects.create(status="live", **columns)
    with pytest.raises(SegmentError, match="journey “Win back”"):
        archive(segment=read, by=None, now=NOON)
    Journey.objects.filter(pk=journey.pk).update(status="ended")
    archive(segment=read, by=None, now=NOON)


def test_archiving_lets_the_members_go_and_closes_the_rank() -> None:
    track("ada", "Product Viewed", NOON)
    first = live("first", rule(did("Product Viewed")), now=NOON)
    live("second", rule(did("Product Viewed")), now=NOON)
    archive(segment=first, by=None, now=NOON + HOUR)
    archive(segment=first, by=None, now=NOON + 2 * HOUR)
    assert who("first") == set()
    assert log("first", "ada") == [("entered", "rule"), ("exited", "governance")]
    assert dict(Segment.objects.values_list("slug", "rank")) == {"first": None, "second": 1}


def test_a_broken_segment_comes_back_with_resume() -> None:
    identify("ada", NOON, country="PL")
    segment = live("poles", rule(attribute("country", "PL")), now=NOON)
    Segment.objects.filter(pk=segment.pk).update(error="broken by hand")
    identify("bob", NOON + HOUR, country="PL")
    settle(NOON + HOUR)
    assert who("poles") == {"ada"}
    job = resume(segment=segment, by=None, now=NOON + HOUR)
    assert job is not None and run(job=job, now=NOON + HOUR)
    assert who("poles") == {"ada", "bob"}


def test_a_rebuild_that_failed_is_resumed() -> None:
    track("ada", "Product Viewed", NOON)
    segment = live("viewers", rule(did("Product Viewed")), now=NOON)
    Membership.objects.all().delete()
    Job.objects.update(state="failed")
    job = resume(segment=segment, by=None, now=NOON + HOUR)
    assert job is not None and run(job=job, now=NOON + HOUR)
    assert who("viewers") == {"ada"}
    assert resume(segment=segment, by=None, now=NOON + HOUR) is None
