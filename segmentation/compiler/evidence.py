"""The events that prove a condition, for one customer: the newest of those that it counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from sqlglot import exp

from segmentation.compiler import events
from segmentation.compiler.scopes import Batch
from segmentation.compiler.select import Shape, shape, some
from segmentation.compiler.sql import (
    Expression,
    aliased,
    cast,
    column,
    equal,
    number,
    ordered,
    table,
)
from segmentation.compiler.statement import Compiled, Moment, SegmentId, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import (
    Compare,
    Event,
    Ever,
    Latest,
    Measured,
    Node,
    Segment,
    Selector,
    Window,
)
from segmentation.rules.nodes import (
    Sequence as SequenceNode,
)

MOST_SHOWN = 10


def evidence(nodes: Sequence[Node], surroundings: Surroundings, customer: int) -> Statement:
    """Rows `(place, event, at, properties)`, newest first: what the condition at that place among `nodes` looked at."""
    return _evidence(tuple(nodes), shape(surroundings)).bind(Moment(surroundings, (customer,)))


@lru_cache(maxsize=128)
def _evidence(nodes: tuple[Node, ...], shape: Shape) -> Compiled:
    scope = some(shape)
    parts = [_placed(place, query) for place, node in enumerate(nodes) for query in _shown(node, scope)]
    if not parts:
        parts = [_nothing()]
    union = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)
    return finished(union, scope.parameters)


def _nothing() -> exp.Select:
    columns = [("integer", "place"), ("text", "event"), ("timestamptz", "at"), ("jsonb", "properties")]
    return exp.select(*(aliased(cast(exp.null(), type_), name) for type_, name in columns), copy=False).where(
        exp.false(), copy=False
    )


def _placed(place: int, query: exp.Select) -> exp.Select:
    columns = (column(name, "shown") for name in ("event", "at", "properties"))
    return exp.select(aliased(number(place), "place"), *columns, copy=False).from_(
        query.subquery("shown", copy=False), copy=False
    )


def _shown(node: Node, scope: Batch) -> Iterator[exp.Select]:
    match node:
        case Event(measured):
            yield _counted(measured, scope)
        case Latest(selector, which, name, _, window):
            yield _newest(_selected(selector, window, scope, [name]), 1, which)
        case Compare(left, _, right):
            yield from (_counted(side, scope) for side in (left, right) if isinstance(side, Measured))
        case SequenceNode():
            yield from _sequence(node, scope)
        case Segment():
            yield _changes(node, scope)


def _counted(measured: Measured, scope: Batch) -> exp.Select:
    """The events of a measure; of a measure of a property those that have it."""
    name = measured.measure.property
    query = _selected(measured.selector, measured.window, scope, [name] if name else [])
    if name:
        query = query.where(events.property_of(name, "e", scope.parameters).present(), copy=False)
    return _newest(query, MOST_SHOWN)


def _selected(selector: Selector, window: Window, scope: Batch, properties: Sequence[str]) -> exp.Select:
    place = events.reads_place([*events.properties_of(selector), *properties])
    return _rows(place).where(
        *scope.theirs(column("customer_id", "e")),
        *events.selected(selector, "e", scope.operands),
        *events.within(window, column("time", "e"), scope.operands),
        copy=False,
    )


def _rows(place: bool) -> exp.Select:
    columns: list[Expression] = [
        aliased(column("name", "n"), "event"),
        aliased(column("time", "e"), "at"),
        column("properties", "e"),
        column("id", "e"),
    ]
    query = exp.select(*columns, copy=False).from_(events.event_table("e", place=place), copy=False)
    named = equal(column("id", "n"), column("name_id", "e"))
    return query.join(table("customers_eventname", "n"), on=named, copy=False)


def _newest(query: exp.Select, many: int, which: str = "last") -> exp.Select:
    return query.order_by(*events.newest_first("e", which=which), copy=False).limit(many, copy=False)


def _sequence(node: SequenceNode, scope: Batch) -> Iterator[exp.Select]:
    """The first events that were followed (or were not, as the node asks), and what followed them."""
    asked = [*events.properties_of(node.first), *events.properties_of(node.then), *node.same]
    place = events.reads_place(asked)
    follower = events.followed(node, events.event_table("b", place=place), "e", "b", scope.operands)
    first = _selected(node.first, node.window, scope, [*asked])
    yield _newest(first.where(exp.Not(this=follower) if node.negate else follower, copy=False), MOST_SHOWN // 2)
    if not node.negate:
        then = _selected(node.then, Ever(), scope, [*asked])
        yield _newest(then.where(_follows(node, place, scope), copy=False), MOST_SHOWN // 2)


def _follows(node: SequenceNode, place: bool, scope: Batch) -> Expression:
    """Whether an event `a` that matches `first` comes before the event `e` as the node asks."""
    operands = scope.operands
    passed = exp.Paren(this=exp.Sub(this=column("time", "e"), expression=column("time", "a")))
    conditions: list[Expression] = [
        equal(column("customer_id", "a"), column("customer_id", "e")),
        *events.selected(node.first, "a", operands),
        *events.within(node.window, column("time", "a"), operands),
        exp.LT(this=column("time", "a"), expression=column("time", "e")),
        exp.LTE(this=passed, expression=operands.parameters.add(node.within.length, "interval")),
        *(events.same_property(name, "a", "e", operands.parameters) for name in node.same),
    ]
    query = exp.select(number(1), copy=False).from_(events.event_table("a", place=place), copy=False)
    return exp.Exists(this=query.where(*conditions, copy=False))


def _changes(node: Segment, scope: Batch) -> exp.Select:
    """The last entries into the segment and exits from it."""
    nothing = cast(exp.Literal.string("{}"), "jsonb")
    query = exp.select(
        aliased(column("kind", "g"), "event"), column("at", "g"), aliased(nothing, "properties"), copy=False
    ).from_(table("segmentation_membershipchange", "g"), copy=False)
    query = query.where(
        *scope.theirs(column("customer_id", "g")),
        equal(column("segment_id", "g"), scope.parameters.add(SegmentId(node.segment), "bigint")),
        exp.In(this=column("kind", "g"), expressions=[exp.Literal.string(kind) for kind in ("entered", "exited")]),
        *events.within(node.window or Ever(), column("at", "g"), scope.operands),
        copy=False,
    )
    order = [ordered(column(name, "g"), descending=True) for name in ("at", "id")]
    return query.order_by(*order, copy=False).limit(MOST_SHOWN, copy=False)
