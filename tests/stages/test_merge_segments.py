"""Merging segments: a draft that holds whoever is in any of them, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from segmentation.errors import SegmentError
from segmentation.lifecycle import archive
from segmentation.merge_segments import merge_segments
from segmentation.models import Segment
from segmentation.publish import publish
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.parse import parse
from segmentation.rules.union import any_of
from segmentation.rules.write import to_document
from segmentation.save import create, save_draft
from segmentation.work import run
from tests.stages.campaign import author
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, identify, live, rule, settle, track, who

pytestmark = pytest.mark.django_db


def union(*documents: dict[str, Any]) -> dict[str, Any]:
    return to_document(any_of([parse(document, catalogue=Catalogue()) for document in documents]))


def merge(*segments: Segment, by: User | None = None, name: str = "") -> Segment:
    return merge_segments(segments=segments, name=name, by=by, now=NOON)


def test_the_draft_holds_whoever_is_in_any_of_them_and_only_those() -> None:
    for name, events in {"ada": "A", "ben": "B", "cleo": "AB", "dora": "C", "eve": "AX", "finn": "BX"}.items():
        identify(name, NOON - 2 * DAY, tier="gold" if name == "dora" else "none")
        for event in events:
            track(name, event, NOON - DAY)
    settle(NOON - DAY)
    upper = live("upper", rule(did("A"), exclude=[did("X")]), NOON - HOUR)
    lower = live("lower", {"version": 1, "include": {"op": "any", "conditions": [did("B"), attribute("tier", "gold")]}})
    merged = merge(lower, upper, by=author())
    assert merged.status == "draft" and merged.live_version is None
    assert who("upper") == {"ada", "cleo"} and who("lower") == {"ben", "cleo", "dora", "finn"}
    run(job=publish(segment=merged, by=None, now=NOON), now=NOON)
    assert who(merged.slug) == who("upper") | who("lower")
    archive(segment=upper, by=None, now=NOON)
    assert who("upper") == set() and who(merged.slug) == {"ada", "ben", "cleo", "dora", "finn"}


def test_the_card_is_that_of_the_highest_rank_and_the_origin_is_kept() -> None:
    owner = author()
    top = live("top", rule(did("A")), goal="Sell", owner=owner, channels=["email"], incentive="discount")
    live("between", rule(did("B")))
    low = live("low", rule(did("C")), goal="Inform", incentive="points")
    merged = merge(low, top)
    assert (merged.name, merged.goal, merged.incentive, merged.owner) == ("Top or Low", "Sell", "discount", owner)
    assert set(merged.made_from.all()) == {top, low}
    assert merge(top, low, name=" Both ").name == "Both"


def test_what_counts_of_a_live_segment_is_its_live_rule_and_of_a_draft_the_draft() -> None:
    one = live("one", rule(did("A")))
    save_draft(segment=one, rule=rule(did("Something else")), now=NOON)
    one.refresh_from_db()
    half = create(name="Half", rule=rule(did("B"), exclude=[did("C")]), by=None, now=NOON)
    assert merge(one, half).rule == union(rule(did("A")), rule(did("B"), exclude=[did("C")]))


def test_a_union_says_each_thing_once() -> None:
    shared = {"op": "any", "conditions": [did("X")]}
    assert union(rule(did("A"), exclude=[did("X")]), rule(did("B"), exclude=[did("X")])) == {
        "version": 1,
        "include": {"op": "any", "conditions": [did("A"), did("B")]},
        "exclude": shared,
    }
    assert union(rule(did("A"), did("B")), rule(did("A"), exclude=[did("X")]), rule(did("A"))) == {
        "version": 1,
        "include": {
            "op": "any",
            "conditions": [
                {"op": "all", "conditions": [did("A"), did("B")]},
                {"op": "all", "conditions": [did("A"), {"op": "none", "conditions": [did("X")]}]},
                did("A"),
            ],
        },
    }


def test_what_cannot_be_merged_is_refused_in_words() -> None:
    one = live("one", rule(did("A")))
    other = live("other", rule(did("B")))
    fixed = create(name="Fixed", kind="static", by=None, now=NOON)
    blank = create(name="Blank", by=None, now=NOON)
    large = create(name="Large", rule=rule(*(did(f"E{number}") for number in range(150))), by=None, now=NOON)
    vast = create(name="Vast", rule=rule(*(did(f"F{number}") for number in range(150))), by=None, now=NOON)
    gone = live("gone", rule(did("C")))
    archive(segment=gone, by=None, now=NOON)
    gone.refresh_from_db()
    refused = {
        "too_few": [one],
        "repeated": [one, other, one],
        "static_segment": [one, fixed],
        "no_rule": [one, blank],
        "archived": [one, gone],
        "too_large": [large, vast],
    }
    before = Segment.objects.count()
    for code, segments in refused.items():
        with pytest.raises(SegmentError) as error:
            merge(*segments)
        assert (error.value.code, error.value.pointer) == (code, "/with")
    assert Segment.objects.count() == before
