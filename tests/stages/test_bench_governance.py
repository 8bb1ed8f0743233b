"""The benchmark of governance leaves the base as it was, and counts what one by one comes to."""

from __future__ import annotations

import pytest

from benchmarks import governance as benchmark
from benchmarks.loaded import WrongBaseError
from segmentation.governance import put_group
from segmentation.models import ExclusionGroup, GovernanceChange, MembershipChange, Segment
from tests.stages.shop import NOON, did, live, rule, settle, track, who

pytestmark = pytest.mark.django_db


def test_each_change_is_measured_beside_the_plain_way_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "check_loaded", lambda: None)
    monkeypatch.setattr(benchmark, "LARGEST", 2)
    for slug, event in (("a", "Product Viewed"), ("b", "Product Added"), ("c", "Checkout Started")):
        live(slug, rule(did(event)))
        track("ada", event, NOON)
    settle(NOON)
    put_group(name="Offers", segments=["b", "c"], by=None, now=NOON)
    before = MembershipChange.objects.count(), GovernanceChange.objects.count(), list(Segment.objects.values())
    found = benchmark.governance(tries=1)
    assert {name: (one["suppressed"], one["released"]) for name, one in found["changes"].items()} == {
        "rank": (1, 1),
        "group": (1, 1),
        "exclusion": (1, 1),
        "full_stop": (1, 0),
    }
    after = MembershipChange.objects.count(), GovernanceChange.objects.count(), list(Segment.objects.values())
    assert before == after and who("c", "suppressed") == {"ada"} and ExclusionGroup.objects.count() == 1
    Segment.objects.filter(slug="a").update(status="paused")
    with pytest.raises(WrongBaseError, match="Publish the forty"):
        benchmark.governance(tries=1)
