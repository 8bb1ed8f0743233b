"""Percentiles of what customers ordered, where most never did: each threshold and its members as the reference has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from segmentation.compiler import select
from segmentation.compiler.thresholds import exact_threshold
from segmentation.engines import postgres
from segmentation.preview import preview
from segmentation.rules.nodes import Group, Percentile, Rule
from tests.compiler.world import put
from tests.reference import evaluator
from tests.reference.world import Customer, Event, World, with_lines

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = ("total_revenue", "orders_ever", "refunded_revenue", "revenue_12_months", "orders_12_months")
KEYS += ("most_orders_in_one_category",)
NODES = [
    Percentile(key, side, Decimal(percent)) for key in KEYS for side in ("top", "bottom") for percent in ("33.3", "50")
]


def _events(chance: Random) -> list[Event]:
    """Orders long ago, lately and ahead of now; refunds too, and some that give money instead of taking it."""
    found: list[Event] = []
    for number in range(chance.choice([0, 0, 1, 1, 2, 4])):
        about = {"order_id": f"o{number}"}
        at = NOW + timedelta(days=chance.choice([-500, -40, -40, -3, 0, 1]))
        found.append(
            Event(
                "Order Completed",
                at,
                {**about, "revenue": chance.choice([0, 10, 10, 25.5]), "products": _lines(chance)},
            )
        )
        if chance.random() < 0.4:
            refund = {**about, "revenue": chance.choice([-7, 3, 30])}
            found.append(Event("Order Refunded", at + timedelta(hours=chance.choice([0, 1])), refund))
        if chance.random() < 0.2:
            found.append(Event("Order Cancelled", NOW + timedelta(hours=chance.choice([-1, 1])), about))
    return found


def _lines(chance: Random) -> list[dict[str, str]]:
    return [{"category": category} for category in chance.choices(("Shoes", "SHOES", "Bags"), k=chance.randrange(3))]


def _world(seed: int, size: int) -> World:
    chance = Random(seed)
    return World([Customer(f"c{number}", events=with_lines(_events(chance))) for number in range(size)])


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (2, 8), (3, 31)])
def test_the_threshold_and_its_members_are_the_references(all_time: None, seed: int, size: int) -> None:
    world = _world(seed, size)
    base = put(world, all_time=True)
    for node in NODES:
        rule = Rule(Group("all", (node,)))
        expected = evaluator.members(rule, now=NOW, world=world)
        for around in (base.surroundings(NOW), base.surroundings(NOW, totals=False)):
            limit = postgres.rows(exact_threshold(node, around))[0][0]
            assert Fraction(limit) == evaluator.threshold(node, NOW, world), node
            bound = base.surroundings(NOW, totals=around.totals, thresholds={node: limit})
            for way in (around, bound):
                assert base.names(postgres.ids(select.members(rule, way))) == expected, (node, way.totals)
        if node.percent == 50:
            assert preview(rule=rule, now=NOW, sample=0, funnel=False).count == len(expected)


def test_nobody_has_no_threshold_and_those_who_never_ordered_have_zero(all_time: None) -> None:
    node = Percentile("total_revenue", "top", Decimal(20))
    assert postgres.rows(exact_threshold(node, put(World(), all_time=True).surroundings(NOW))) == [(None,)]
    base = put(World([Customer("a"), Customer("b")]), all_time=True)
    assert postgres.rows(exact_threshold(node, base.surroundings(NOW))) == [(0,)]
