"""How the clock alone can change a rule's answer: what the sweep looks for between two instants.

An edge says: something that happened (or a date that lies) at `t` may change the answer at `t + offset`. Between two
sweeps at `t0` and `t1` these are the ones with `t` in `(t0 - offset, t1 - offset]`. An offset of 0 is an event or a
change whose own time lies in the future when it is received.

A `where` that asks for the age of a date changes its answer by itself; such tests are left out of the selectors here,
so that a strip never misses an event that stopped matching in the same moment, and have an edge of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TypeAlias

from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Compare,
    Duration,
    Event,
    FromTo,
    Last,
    Latest,
    Measured,
    Node,
    Percentile,
    PropertyTest,
    Rule,
    Segment,
    Selector,
    Sequence,
    Side,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.walk import leaves

ZERO = timedelta(0)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)

ORDERS = Selector(("Order Completed",))
RETURNS = Selector(("Order Refunded", "Order Cancelled"))

# Traits over a sliding year, and the one that counts the days since an instant; all others move with events only.
YEARLY_TRAITS = frozenset({"orders_12_months", "revenue_12_months"})
ORDER_TRAITS = YEARLY_TRAITS | {
    "orders_ever",
    "revenue_ever",
    "total_revenue",
    "refunded_revenue",
    "average_order_value",
    "first_order_at",
    "last_order_at",
    "days_since_last_order",
    "purchase_cycle_days",
    "most_orders_in_one_category",
}


@dataclass(frozen=True, slots=True)
class EventEdge:
    """A selected event at `t` may change the answer at `t + offset`."""

    selector: Selector
    offset: timedelta


@dataclass(frozen=True, slots=True)
class PeriodicEdge:
    """A selected event at `t` may change the answer at `t + k * period` for every k from 1 on."""

    selector: Selector
    period: timedelta


@dataclass(frozen=True, slots=True)
class PropertyEdge:
    """A selected event whose property is the date `t` may change the answer at `t + offset`."""

    selector: Selector
    property: str
    offset: timedelta


@dataclass(frozen=True, slots=True)
class AttributeEdge:
    """A customer whose attribute is the date `t` may change at `t + offset`; negative for `in_next`."""

    key: str
    offset: timedelta


@dataclass(frozen=True, slots=True)
class AnniversaryEdge:
    """At a midnight UTC: customers whose attribute has its anniversary `days - 1` days later, or had it yesterday."""

    key: str
    days: int


@dataclass(frozen=True, slots=True)
class PropertyAnniversaryEdge:
    """The same for a date in a property of a selected event."""

    selector: Selector
    property: str
    days: int


@dataclass(frozen=True, slots=True)
class AgeEdge:
    """At a midnight UTC: customers whose birthday it is."""


@dataclass(frozen=True, slots=True)
class SegmentEdge:
    """A customer who entered (or left) the segment at `t` may change at `t + offset`."""

    segment: str
    state: str
    offset: timedelta


Edge: TypeAlias = (
    EventEdge
    | PeriodicEdge
    | PropertyEdge
    | AttributeEdge
    | AnniversaryEdge
    | PropertyAnniversaryEdge
    | AgeEdge
    | SegmentEdge
)


def edges(rule: Rule) -> tuple[Edge, ...]:
    """Every edge of a rule, each once, in the order of the document."""
    return edges_of(leaves(rule))


def edges_of(nodes: Iterable[Node]) -> tuple[Edge, ...]:
    """Every edge of some conditions, each once."""
    return tuple(dict.fromkeys(edge for node in nodes for edge in _edges(node)))


def edges_seconds(rule: Rule) -> list[int]:
    """The durations of the edges, in seconds, rising, each once; a change at midnight counts as a day."""
    return sorted({seconds for edge in edges(rule) if (seconds := _seconds(edge)) > 0})


def _seconds(edge: Edge) -> int:
    if isinstance(edge, EventEdge | PropertyEdge | AttributeEdge | SegmentEdge):
        return int(abs(edge.offset).total_seconds())
    return int((edge.period if isinstance(edge, PeriodicEdge) else DAY).total_seconds())


def _edges(node: Node) -> Iterator[Edge]:
    match node:
        case Attribute(key, test):
            yield from _attribute(key, test)
        case Event(measured):
            yield from _measured(measured)
        case Latest():
            yield from _latest(node)
        case Sequence():
            yield from _sequence(node)
        case Compare(left, _, right):
            yield from _side(left)
            yield from _side(right)
        case Percentile(key):
            yield from _attribute(key, None)
        case Segment(segment, state, window):
            yield from (SegmentEdge(segment, state, offset) for offset in _window_offsets(window))


def _latest(node: Latest) -> Iterator[Edge]:
    yield from _selected(node.selector, node.window)
    yield from _property(timeless(node.selector), PropertyTest(node.property, node.test))


def _sequence(node: Sequence) -> Iterator[Edge]:
    """`within` is none: when it has passed, no event can come any more that would change the answer."""
    yield from _selected(node.first, node.window)
    yield from _selected(node.then, None)
    if node.after is not None:
        yield EventEdge(timeless(node.first), node.after.length)


def _side(side: Side) -> Iterator[Edge]:
    if isinstance(side, Measured):
        yield from _measured(side)
    elif isinstance(side, AttributeSide):
        yield from _attribute(side.key, None)


def _measured(measured: Measured) -> Iterator[Edge]:
    return _selected(measured.selector, measured.window)


def _selected(selector: Selector, window: Window | None) -> Iterator[Edge]:
    yield EventEdge(timeless(selector), ZERO)
    for offset in _window_offsets(window):
        yield EventEdge(timeless(selector), offset)
    for line in selector.where:
        yield from _property(timeless(selector), line)


def _property(selector: Selector, line: PropertyTest) -> Iterator[Edge]:
    for offset in _offsets(line.test):
        yield PropertyEdge(selector, line.property, offset)
    if line.test.operator == "anniversary_in_next":
        yield PropertyAnniversaryEdge(selector, line.property, _days(line.test))


def timeless(selector: Selector) -> Selector:
    """The selector without the tests whose answer changes with the clock."""
    return Selector(selector.names, tuple(line for line in selector.where if not _moves(line)))


def _moves(line: PropertyTest) -> bool:
    return isinstance(line.test.operand, Duration)


def _window_offsets(window: Window | None) -> tuple[timedelta, ...]:
    """A window between two instants has none: `now` decides nothing about it but whether an event has come."""
    if isinstance(window, Last):
        return (window.duration.length,)
    if isinstance(window, FromTo):
        return (window.end.length, window.start.length)
    return ()


def _offsets(test: Test) -> tuple[timedelta, ...]:
    if test.type is not ValueType.DATE or not isinstance(test.operand, Duration):
        return ()
    length = test.operand.length
    match test.operator:
        case "in_last" | "not_in_last":
            return (ZERO, length)
        case "in_next":
            return (-length, ZERO)
        case "older_than":
            return (length,)
    return ()


def _days(test: Test) -> int:
    return test.operand.length.days if isinstance(test.operand, Duration) else 0


def _attribute(key: str, test: Test | None) -> Iterator[Edge]:
    """The edges of reading an attribute; without a test, of every change of its value."""
    if key == "age":
        yield AgeEdge()
    elif key in ORDER_TRAITS:
        yield from _order_trait(key, test)
    elif test is not None:
        for offset in _offsets(test):
            yield AttributeEdge(key, offset)
        if test.operator == "anniversary_in_next":
            yield AnniversaryEdge(key, _days(test))


def _order_trait(key: str, test: Test | None) -> Iterator[Edge]:
    yield EventEdge(ORDERS, ZERO)
    yield EventEdge(RETURNS, ZERO)
    if key in YEARLY_TRAITS:
        yield EventEdge(ORDERS, YEAR)
    elif key == "days_since_last_order":
        yield from _days_since(test)
    elif test is not None:
        for offset in _offsets(test):
            yield EventEdge(ORDERS, offset)
        if test.operator == "anniversary_in_next":
            yield AnniversaryEdge(key, _days(test))


def _days_since(test: Test | None) -> Iterator[Edge]:
    """Full days pass a threshold at whole days after the order; without a threshold every day may change the answer."""
    if test is None:
        yield PeriodicEdge(ORDERS, DAY)
        return
    operand = test.operand
    bounds = operand if isinstance(operand, tuple) else (operand,)
    days = {
        int(bound.to_integral_value(rounding)) + more
        for bound in bounds
        if isinstance(bound, Decimal)
        for rounding, more in ((ROUND_CEILING, 0), (ROUND_FLOOR, 1))
    }
    for day in sorted(days):
        if 0 < day <= 36_501:
            yield EventEdge(ORDERS, day * DAY)
