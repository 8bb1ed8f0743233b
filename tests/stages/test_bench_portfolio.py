"""The portfolio of the benchmarks: forty rules that can all be published in their order and governed."""

from __future__ import annotations

import pytest

from benchmarks import portfolio
from segmentation.models import Exclusion, ExclusionGroup, Segment
from segmentation.models.segment import Status
from segmentation.publish import publish
from segmentation.rules import nodes
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.check import warnings
from segmentation.rules.parse import parse
from segmentation.rules.walk import walk
from segmentation.work import run
from tests.stages.shop import NOON, attribute, rule, track, who


def test_forty_rules_of_every_kind_stand_in_the_portfolio() -> None:
    rules = [parse(document, catalogue=Catalogue()) for document in portfolio.SEGMENTS.values()]
    assert len(set(rules)) == len(portfolio.SEGMENTS) == 40
    assert len(portfolio.twenty()) == 20
    assert set(portfolio.twenty()) < set(portfolio.SEGMENTS)
    walked = [node for one in rules for _, node, _ in walk(one)]
    assert {type(node) for node in walked} == set(nodes.Node.__args__)
    assert {node.state for node in walked if isinstance(node, nodes.Segment)} == {"in", "ever", "entered", "left"}
    assert [warning for one in rules for warning in warnings(one, Catalogue())] == []


@pytest.mark.django_db
def test_the_portfolio_goes_live_in_its_order_and_is_governed() -> None:
    stale = rule(attribute("country", "US"))
    Segment.objects.create(slug="at-risk", name="At risk", rule=stale, created_at=NOON, updated_at=NOON)
    track("ada", "Order Completed", NOON, order_id="o-1", revenue=900)
    track("ada", "Email Opened", NOON)
    track("ada", "Email Opened", NOON)
    for segment in portfolio.drawn(by=None, now=NOON):
        run(job=publish(segment=segment, by=None, now=NOON), now=NOON)
    for _ in range(2):
        portfolio.govern(by=None, now=NOON)
    live = Segment.objects.filter(status=Status.LIVE, error="").order_by("rank")
    assert list(live.values_list("slug", flat=True)) == list(portfolio.SEGMENTS)
    assert {group.name: group.segments.count() for group in ExclusionGroup.objects.all()} == {
        "Offers": 4,
        "Win back": 5,
    }
    assert Exclusion.objects.count() == 3
    assert who("vip-retention") == who("06-new-customers") == {"ada"}
