"""Edges that random histories seldom hit exactly: each condition, on people made for it, in every way of asking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segmentation.compiler import select
from segmentation.compiler.thresholds import threshold
from segmentation.engines import postgres
from segmentation.queries.surroundings import percentiles_of
from segmentation.rules.parse import parse
from tests.compiler.world import put
from tests.reference import evaluator
from tests.reference.world import Customer, Event, World, with_lines

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
NEAR = (-TICK, timedelta(0), TICK)


def _order(at: datetime, key: str, revenue: float, *categories: Any) -> Event:
    lines = {"products": [{"category": category} for category in categories]} if categories else {}
    return Event("Order Completed", at, {"order_id": key, "revenue": revenue, **lines})


def _people() -> list[Customer]:
    """Everything that happens an hour ago or now happens a microsecond before and after it too."""
    found: dict[str, list[Event]] = {}
    for number, nudge in enumerate(NEAR):
        found[f"cart{number}"] = [Event("Cart", NOW - HOUR + nudge, {"product": "P1"})]
        found[f"view{number}"] = [Event("View", NOW - 3 * HOUR, {"tag": "a"}), Event("View", NOW + nudge, {"tag": "b"})]
        placed = _order(NOW - 2 * HOUR, "o", 100)
        found[f"cancelled{number}"] = [placed, Event("Order Cancelled", NOW + nudge, {"order_id": "o"})]
        found[f"refunded{number}"] = [placed, Event("Order Refunded", NOW + nudge, {"order_id": "o", "revenue": 30})]
        found[f"year{number}"] = [_order(NOW - timedelta(days=365) + nudge, "y", 10)]
        found[f"days{number}"] = [_order(NOW - timedelta(days=2) + nudge, "d", 10)]
        alike = [_order(NOW - HOUR * hours, f"a{hours}", 1, "ŻÓŁTY", "żółty", "b") for hours in (1, 2)]
        found[f"alike{number}"] = [
            *alike,
            _order(NOW + nudge, "a3", 1, "Żółty"),
            _order(NOW - HOUR, "a4", 1, "b", 7, None),
        ]
        away = Event("Order Cancelled", NOW + nudge, {"order_id": "a1"})
        found[f"unlike{number}"] = [*alike, _order(NOW - HOUR, "a1", 1, "b"), away, _order(NOW - HOUR, "a4", 1)]
        bought = Event("Buy", NOW - 2 * HOUR + timedelta(minutes=30) + nudge, {"product": "p1"})
        found[f"followed{number}"] = [Event("Cart", NOW - 2 * HOUR, {"product": "P1"}), bought]
    found["ahead"] = [Event("View", NOW, {"tag": "a"}), Event("View", NOW + HOUR / 2, {"tag": "b"})]
    found["kinds"] = [
        Event("View", NOW - HOUR, {"tag": tag})
        for tag in ("ŻÓŁTY", "żółty", 1, 1.0, "1", True, None, ["a"], ["A"], {"a": 1}, {"a": 1.0})
    ]
    found["ties"] = [Event("View", NOW - HOUR, {"tag": tag}) for tag in ("first", "middle", "last")]
    found["thirds"] = [_order(NOW - timedelta(days=day), str(day), 10 / 2**day) for day in (1, 2, 4, 8)]
    attributes: dict[str, Mapping[str, Any]] = {
        "kinds": {"birthday": "1992-02-29", "points": 0.1, "tags": ["VIP"]},
        "ties": {"birthday": "2000-03-01", "points": 0.3, "tags": []},
        "thirds": {"birthday": 951_868_800.9999999, "points": 0.3},
    }
    return [
        Customer(
            name, attributes.get(name, {}), with_lines(events), timezone="Asia/Kolkata" if name == "ties" else None
        )
        for name, events in found.items()
    ]


def _count(name: str, operator: str, value: float, **more: Any) -> dict[str, Any]:
    return _measure(name, {"aggregate": "count"}, operator, value, **more)


def _measure(name: str, measure: Mapping[str, Any], operator: str, value: float, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event": name, "measure": measure, "operator": operator, "value": value, **more}


def _is(key: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"type": "attribute", "key": key, "operator": operator, **({} if value is None else {"value": value})}


def _sequence(**more: Any) -> dict[str, Any]:
    base = {"type": "sequence", "first": {"event": "Cart"}, "then": {"event": "Buy"}}
    return {**base, "within": {"amount": 30, "unit": "minutes"}, **more}


AN_HOUR = {"amount": 1, "unit": "hours"}
CONDITIONS: list[dict[str, Any]] = [
    _sequence(negate=True, after=AN_HOUR),
    _sequence(negate=True, window={"last": AN_HOUR}),
    _sequence(),
    _sequence(same=["product"]),
    _sequence(same=["nothing"]),
    _count("View", "eq", 2),
    _count("View", "eq", 1),
    _count("Cart", "gte", 1, window={"last": AN_HOUR}),
    _count("View", "gte", 1, window={"between": ["2026-03-01T09:00:00Z", "2026-03-01T12:00:00Z"]}),
    _count("View", "eq", 2, window={"between": ["2026-03-01T09:00:00Z", "2026-03-01T13:00:00Z"]}),
    _count("View", "gte", 1, window={"from": {"amount": 3, "unit": "hours"}, "to": AN_HOUR}),
    *(_measure("View", {"aggregate": "distinct", "property": "tag"}, "eq", value) for value in range(3, 11)),
    *(
        {"type": "latest", "event": "View", "which": which, "property": "tag", "operator": "is", "value": tag}
        for which in ("first", "last")
        for tag in ("a", "b", "first", "middle", "last")
    ),
    {"type": "latest", "event": "View", "property": "$hour", "operator": "eq", "value": 16},
    *(_is("orders_ever", "eq", value) for value in (0, 1, 4)),
    *(_is("revenue_ever", "eq", value) for value in (70, 100)),
    _is("refunded_revenue", "gt", 0),
    _is("orders_12_months", "eq", 1),
    *(_is("days_since_last_order", operator, 2) for operator in ("eq", "gte", "lt")),
    *(_is("last_order_at", operator, {"amount": 2, "unit": "days"}) for operator in ("in_last", "older_than")),
    _is("purchase_cycle_days", "eq", 2),
    *(_is("most_orders_in_one_category", "eq", value) for value in (0, 1, 2, 3)),
    *(_is("most_orders_in_one_category", operator, 3) for operator in ("gte", "lt")),
    {"type": "compare", "left": {"attribute": "average_order_value"}, "operator": "eq", "factor": 0.25, "right": 9.375},
    *(_is("birthday", "anniversary_in_next", {"amount": days, "unit": "days"}) for days in (1, 2)),
    *(_is("age", "eq", age) for age in (26, 33, 34)),
    _is("birthday", "after", "2000-03-01T00:00:00.999998Z"),
    _is("points", "eq", 0.3),
    _is("tags", "has_none", "vip"),
    *(
        {"type": "percentile", "key": "points", "side": side, "percent": percent}
        for side in ("top", "bottom")
        for percent in (33.3, 50, 100)
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize("now", [NOW, NOW + TICK, NOW - TICK], ids=["now", "a tick later", "a tick earlier"])
def test_every_way_of_asking_is_exact_at_the_edges(now: datetime) -> None:
    world = World(_people())
    base = put(world)
    rules = {
        number: parse({"version": 1, "include": {"op": "all", "conditions": [condition]}}, catalogue=world.catalogue)
        for number, condition in enumerate(CONDITIONS)
    }
    around = base.surroundings(now)
    stored = {node: postgres.rows(threshold(node, around))[0][0] for node in percentiles_of(rules.values())}
    everyone = list(base.customers.values())
    live = postgres.matches(rules, base.surroundings(now, thresholds=stored), everyone)
    counted = postgres.matches(rules, base.surroundings(now, totals=False), everyone)
    for number, rule in rules.items():
        expected = evaluator.members(rule, now=now, world=world)
        for found in (live[number], counted[number], postgres.ids(select.members(rule, around))):
            assert base.names(found) == expected, (CONDITIONS[number], base.names(found) ^ expected)


def test_nearly_every_condition_is_true_of_some_and_false_of_others() -> None:
    """Otherwise the edges above would prove nothing."""
    world = World(_people())
    sizes = []
    for condition in CONDITIONS:
        document = {"version": 1, "include": {"op": "all", "conditions": [condition]}}
        sizes.append(len(evaluator.members(parse(document, catalogue=world.catalogue), now=NOW, world=world)))
    telling = sum(0 < size < len(world.customers) for size in sizes)
    assert telling > 0.7 * len(CONDITIONS), list(zip(sizes, CONDITIONS))
