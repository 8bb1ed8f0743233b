"""The edges of a rule name every customer whose answer the clock alone changes between two instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.rules import edges as e
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Percentile, Rule, Selector
from segmentation.rules.parse import parse
from segmentation.rules.walk import leaves
from tests.reference import strategies as some
from tests.reference.evaluator import attribute, matches, prop, reads_seconds, selected
from tests.reference.values import as_instant
from tests.reference.world import Customer, World

FOREVER = datetime(2500, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def found_by(edge: e.Edge, customer: Customer, world: World, since: datetime, until: datetime) -> bool:
    """Whether the strip of an edge between two instants holds something of the customer."""

    def strip(at: datetime | None, offset: timedelta) -> bool:
        return at is not None and since - offset < at <= until - offset

    midnight = since.date() != until.date()
    match edge:
        case e.EventEdge(selector, offset):
            return any(strip(event.time, offset) for event in selected(selector, customer, FOREVER, world))
        case e.PeriodicEdge(selector, period):
            times = [event.time for event in selected(selector, customer, FOREVER, world) if event.time <= until]
            return any((until - at) // period > (since - at) // period for at in times)
        case e.PropertyEdge(selector, name, offset):
            values = [prop(event, name, customer, world) for event in selected(selector, customer, FOREVER, world)]
            return any(strip(as_instant(value, seconds=False), offset) for value in values)
        case e.AttributeEdge(key, offset):
            value = as_instant(attribute(customer, key, since), seconds=reads_seconds(world.catalogue, key))
            return strip(value, offset)
        case e.AnniversaryEdge() | e.PropertyAnniversaryEdge() | e.AgeEdge():
            return midnight
        case e.SegmentEdge(segment, _, offset):
            return any(strip(change.at, offset) for change in customer.changes if change.segment == segment)
    raise TypeError(edge)


def touched(customer: Customer, since: datetime, until: datetime) -> bool:
    """Whether a segment changed meanwhile, which marks the customer without the clock."""
    return any(since < change.at <= until for change in customer.changes)


def without_percentiles(rule: Rule) -> bool:
    roots = [rule.include, *([] if rule.exclude is None else [rule.exclude])]
    return not any(isinstance(node, Percentile) for root in roots for node in leaves(Rule(root)))


@given(
    some.rules(depth=2).filter(without_percentiles),
    some.worlds(most=3),
    some.moments(),
    st.sampled_from((timedelta(microseconds=1), timedelta(seconds=10), timedelta(hours=1), DAY, 3 * DAY)),
)
@some.tried(400)
def test_no_change_by_the_clock_is_missed(rule: Rule, world: World, since: datetime, later: timedelta) -> None:
    until = since + later
    for customer in world.customers:
        before, after = (matches(rule, customer, now=now, world=world) for now in (since, until))
        if before is not after and not touched(customer, since, until):
            assert any(found_by(edge, customer, world, since, until) for edge in e.edges(rule))


def edges_of(*conditions: dict[str, Any]) -> tuple[e.Edge, ...]:
    document = {"version": 1, "include": {"op": "all", "conditions": list(conditions)}}
    return e.edges(parse(document, catalogue=Catalogue()))


VIEW = Selector(("View",))
HOURS_48 = timedelta(hours=48)
COUNTED = {"type": "event", "event": "View", "measure": {"aggregate": "count"}, "operator": "gte", "value": 1}
DAYS_7 = {"amount": 7, "unit": "days"}
ORDERED, RETURNED = e.EventEdge(e.ORDERS, e.ZERO), e.EventEdge(e.RETURNS, e.ZERO)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (COUNTED, [e.EventEdge(VIEW, e.ZERO)]),
        (
            COUNTED | {"window": {"last": {"amount": 48, "unit": "hours"}}},
            [e.EventEdge(VIEW, e.ZERO), e.EventEdge(VIEW, HOURS_48)],
        ),
        (
            COUNTED | {"window": {"between": ["2026-01-01", "2026-02-01"]}},
            [e.EventEdge(VIEW, e.ZERO)],
        ),
        (
            {"type": "attribute", "key": "seen", "operator": "in_next", "value": DAYS_7},
            [e.AttributeEdge("seen", -7 * DAY), e.AttributeEdge("seen", e.ZERO)],
        ),
        (
            {"type": "attribute", "key": "birthday", "operator": "anniversary_in_next", "value": DAYS_7},
            [e.AnniversaryEdge("birthday", 7)],
        ),
        ({"type": "attribute", "key": "age", "operator": "gte", "value": 18}, [e.AgeEdge()]),
        (
            {"type": "attribute", "key": "days_since_last_order", "operator": "gt", "value": 60},
            [ORDERED, RETURNED, e.EventEdge(e.ORDERS, 60 * DAY), e.EventEdge(e.ORDERS, 61 * DAY)],
        ),
        (
            {"type": "percentile", "key": "revenue_12_months", "side": "top", "percent": 10},
            [ORDERED, RETURNED, e.EventEdge(e.ORDERS, 365 * DAY)],
        ),
        (
            {"type": "segment", "segment": "vip", "state": "entered", "window": {"last": DAYS_7}},
            [e.SegmentEdge("vip", "entered", 7 * DAY)],
        ),
        ({"type": "segment", "segment": "vip", "state": "in"}, []),
        ({"type": "attribute", "key": "country", "operator": "is", "value": "PL"}, []),
    ],
)
def test_a_condition_has_these_edges(condition: dict[str, Any], expected: list[e.Edge]) -> None:
    assert list(edges_of(condition)) == expected


def test_a_sequence_moves_with_its_window_and_its_wait_and_not_with_within() -> None:
    found = edges_of(
        {
            "type": "sequence",
            "first": {"event": "View"},
            "then": {"event": "Cart"},
            "negate": True,
            "within": {"amount": 24, "unit": "hours"},
            "after": {"amount": 1, "unit": "hours"},
            "window": {"last": {"amount": 48, "unit": "hours"}},
        }
    )
    offsets = {(edge.selector.names, edge.offset) for edge in found if isinstance(edge, e.EventEdge)}
    hour = timedelta(hours=1)
    assert offsets == {(("View",), e.ZERO), (("View",), HOURS_48), (("View",), hour), (("Cart",), e.ZERO)}


def test_comparing_days_since_the_last_order_may_change_every_day() -> None:
    side = {"attribute": "days_since_last_order"}
    condition = {"type": "compare", "left": side, "operator": "gt", "right": {"attribute": "purchase_cycle_days"}}
    assert e.PeriodicEdge(e.ORDERS, DAY) in edges_of(condition)


def test_a_test_of_a_date_property_leaves_the_selector_and_has_an_edge_of_its_own() -> None:
    due = {"property": "due", "operator": "in_last", "value": DAYS_7}
    plain = {"property": "category", "operator": "is", "value": "x"}
    found = edges_of(COUNTED | {"where": [due, plain]})
    selector = next(edge.selector for edge in found if isinstance(edge, e.EventEdge))
    assert [line.property for line in selector.where] == ["category"]
    assert e.PropertyEdge(selector, "due", 7 * DAY) in found


def test_the_durations_are_seconds_rising_without_zero() -> None:
    window = {"window": {"from": {"amount": 2, "unit": "hours"}, "to": {"amount": 1, "unit": "hours"}}}
    document = {"version": 1, "include": {"op": "all", "conditions": [COUNTED | window, COUNTED]}}
    assert e.edges_seconds(parse(document, catalogue=Catalogue())) == [3600, 7200]
