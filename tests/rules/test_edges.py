"""The edges of a rule name every customer whose answer the clock alone changes between two instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.rules import edges as e
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Event, Group, Node, Rule, Selector, ValueType
from segmentation.rules.parse import parse
from tests.reference import strategies as some
from tests.reference import world as w
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


def turning_points(customer: Customer, since: datetime, until: datetime) -> list[datetime]:
    """The instants between two at which a clock might change something: times and dates of the customer, moved."""
    values = [
        *customer.attributes.values(),
        *(value for event in customer.events for value in event.properties.values()),
    ]
    dates = [customer.created_at, customer.first_seen_at, customer.last_seen_at]
    dates += [as_instant(value, seconds=False) for value in values]
    bases = {event.time for event in customer.events} | {date for date in dates if date is not None}
    bases |= {change.at for change in customer.changes}
    offsets = [length.length for length in some.LENGTHS] + [
        number * DAY for number in (0, 3, 10, 11, 12, 13, 50, 51, 60)
    ]
    moved = {at + sign * offset for at in bases for offset in offsets for sign in (1, -1)}
    midnights = {datetime(2026, 2, 15, tzinfo=UTC) + day * DAY for day in range(30)}
    return sorted(at for at in moved | midnights if since <= at < until)


CLOCKED = st.one_of(
    some.attribute_nodes(),
    st.builds(Event, some.measured(), some.tests_of(ValueType.NUMBER)),
    some.latest_nodes(),
    some.sequence_nodes(),
    some.compare_nodes(),
    some.segment_nodes(),
)


@given(CLOCKED, some.customers())
@some.tried(80)
def test_no_change_by_the_clock_is_missed(node: Node, customer: Customer) -> None:
    found_every_change(node, customer)


def found_every_change(node: Node, customer: Customer) -> int:
    """How often the answer changes. At each instant that could be an edge: a change has to be in a strip."""
    rule = Rule(Group("all", (node,)))
    world = World([customer], some.SOURCES)
    edges, changes = e.edges(rule), 0
    for until in turning_points(customer, datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)):
        since = until - some.MICROSECOND
        before, after = (matches(rule, customer, now=now, world=world) for now in (since, until))
        if before is not after and not touched(customer, since, until):
            changes += 1
            assert any(found_by(edge, customer, world, since, until) for edge in edges), until
    return changes


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = [
    w.Event("Order Completed", NOON - 45 * DAY, {"order_id": "o1", "revenue": 50, "products": [{"category": "pl"}]}),
    w.Event("Order Completed", NOON - 20 * DAY, {"order_id": "o3", "revenue": 5, "products": [{"category": "PL"}]}),
    w.Event("Order Completed", NOON - 10 * DAY, {"order_id": "o2", "revenue": 10}),
    w.Event("Order Refunded", NOON - 4 * DAY, {"order_id": "o1"}),
    w.Event("Order Cancelled", NOON - 15 * DAY, {"order_id": "o3"}),
]
VIEWS = [
    w.Event("View", NOON - 3 * DAY, {"category": "pl", "due": "2026-02-22T12:00:00Z", "revenue": 50}),
    w.Event("Cart", NOON - DAY, {"category": "PL", "due": "1990-03-01"}),
]
DATED = {"seen": "2026-02-22T12:00:00.5Z", "birthday": "1992-02-29"}
LIVELY = Customer(
    "c",
    DATED,
    w.with_lines([*ORDERS, *VIEWS]),
    created_at=NOON - DAY,
    changes=[w.Change("vip", "entered", NOON - 5 * DAY), w.Change("vip", "exited", NOON - 2 * DAY)],
)

LAST_DAY = {"last": {"amount": 1, "unit": "days"}}
TWO_TO_ONE = {"from": {"amount": 2, "unit": "days"}, "to": {"amount": 1, "unit": "days"}}
ONE_DAY, WEEK = {"amount": 1, "unit": "days"}, {"amount": 1, "unit": "weeks"}
ONE_VIEW = {"type": "event", "event": "View", "measure": {"aggregate": "count"}, "operator": "gte", "value": 1}
CART_AFTER_VIEW = {"type": "sequence", "first": {"event": "View"}, "then": {"event": "Cart"}, "within": WEEK}
LATEST = {"type": "latest", "event": ["View", "Cart"], "property": "due"}


def trait(key: str, operator: str, value: Any) -> dict[str, Any]:
    return {"type": "attribute", "key": key, "operator": operator, "value": value}


def compared(key: str, operator: str, right: Any) -> dict[str, Any]:
    return {"type": "compare", "left": {"attribute": key}, "operator": operator, "right": right}


CHANGING = [
    ONE_VIEW,
    ONE_VIEW | {"window": LAST_DAY},
    ONE_VIEW | {"window": TWO_TO_ONE},
    ONE_VIEW | {"window": {"between": ["2026-02-01", "2026-03-01"]}},
    ONE_VIEW | {"where": [{"property": "due", "operator": "in_last", "value": WEEK}]},
    ONE_VIEW | {"where": [{"property": "due", "operator": "older_than", "value": WEEK}], "window": {"ever": True}},
    ONE_VIEW | {"event": "Cart", "where": [{"property": "due", "operator": "anniversary_in_next", "value": ONE_DAY}]},
    LATEST | {"operator": "in_last", "value": WEEK},
    LATEST | {"operator": "is_set", "window": LAST_DAY},
    LATEST | {"operator": "anniversary_in_next", "value": ONE_DAY},
    CART_AFTER_VIEW,
    CART_AFTER_VIEW | {"window": {"from": {"amount": 3, "unit": "days"}, "to": {"amount": 1, "unit": "hours"}}},
    CART_AFTER_VIEW | {"negate": True},
    CART_AFTER_VIEW | {"negate": True, "after": ONE_DAY, "window": {"last": WEEK}},
    trait("seen", "in_last", WEEK),
    trait("seen", "not_in_last", ONE_DAY),
    trait("seen", "in_next", WEEK),
    trait("seen", "older_than", WEEK),
    trait("birthday", "anniversary_in_next", ONE_DAY),
    trait("birthday", "anniversary_in_next", WEEK),
    trait("created_at", "in_last", ONE_DAY),
    trait("age", "gte", 34),
    trait("orders_ever", "gte", 2),
    trait("most_orders_in_one_category", "gte", 2),
    trait("orders_12_months", "gte", 1),
    trait("revenue_12_months", "gt", 0),
    trait("revenue_ever", "eq", 10),
    trait("days_since_last_order", "gt", 12),
    trait("days_since_last_order", "eq", 3),
    trait("days_since_last_order", "not_between", [10, 50]),
    trait("last_order_at", "older_than", {"amount": 30, "unit": "days"}),
    trait("first_order_at", "anniversary_in_next", ONE_DAY),
    compared("days_since_last_order", "gt", {"attribute": "purchase_cycle_days"}) | {"factor": 0.3},
    compared("days_since_last_order", "gte", 11),
    compared("age", "gt", 33.5),
    compared("orders_12_months", "lt", {"attribute": "orders_ever"}),
    {"type": "segment", "segment": "vip", "state": "entered", "window": {"last": WEEK}},
    {"type": "segment", "segment": "vip", "state": "left", "window": TWO_TO_ONE},
]


@pytest.mark.parametrize("condition", CHANGING, ids=range(len(CHANGING)))
def test_every_kind_of_condition_that_the_clock_changes_has_all_its_edges(condition: dict[str, Any]) -> None:
    document = {"version": 1, "include": {"op": "all", "conditions": [condition]}}
    (node,) = parse(document, catalogue=Catalogue()).include.conditions
    assert found_every_change(node, LIVELY) > 0


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
