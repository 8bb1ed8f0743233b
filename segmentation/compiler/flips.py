"""The instants at which the clock alone may turn a condition of one customer: their own edges that still lie ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from segmentation.compiler import events
from segmentation.compiler.conditions import Conditions
from segmentation.compiler.scopes import Batch
from segmentation.compiler.select import Shape, people, shape, some
from segmentation.compiler.sql import (
    Expression,
    aliased,
    call,
    cast,
    column,
    compared,
    equal,
    number,
    ordered,
    plus,
    table,
    times,
    word,
)
from segmentation.compiler.statement import Compiled, Instant, Moment, Parameters, SegmentId, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.edges import (
    AgeEdge,
    AnniversaryEdge,
    AttributeEdge,
    Edge,
    EventEdge,
    PeriodicEdge,
    PropertyAnniversaryEdge,
    PropertyEdge,
    SegmentEdge,
    edges_of,
)
from segmentation.rules.nodes import Ever, Node, Selector

# A condition that has not turned at so many of its edges, or within so many midnights, is taken to stay as it is.
MOST_EDGES = 400
MOST_DAYS = 400
_MIDNIGHT = (AgeEdge, AnniversaryEdge, PropertyAnniversaryEdge)


def has_edges(nodes: Sequence[Node]) -> bool:
    """Whether the clock alone can turn any of the conditions."""
    return bool(edges_of(nodes))


def midnights(nodes: Sequence[Node], now: datetime) -> list[datetime]:
    """The midnights ahead, where a condition asks for a day of the year or an age."""
    if not any(isinstance(edge, _MIDNIGHT) for edge in edges_of(nodes)):
        return []
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today + timedelta(days=ahead) for ahead in range(1, MOST_DAYS + 1)]


def edges_ahead(nodes: Sequence[Node], surroundings: Surroundings, customer: int) -> Statement:
    """Rows `(at)`, rising: when something of the customer comes to an edge of the conditions after `now`."""
    return _edges_ahead(tuple(nodes), shape(surroundings)).bind(Moment(surroundings, (customer,)))


@lru_cache(maxsize=128)
def _edges_ahead(nodes: tuple[Node, ...], shape: Shape) -> Compiled:
    maker = _Ahead(shape, Parameters())
    parts = [maker.part(edge) for edge in edges_of(nodes) if not isinstance(edge, _MIDNIGHT)]
    if not parts:
        parts = [exp.select(aliased(cast(exp.null(), "timestamptz"), "at"), copy=False).where(exp.false(), copy=False)]
    union = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)
    query = exp.select(column("at", "ahead"), copy=False).distinct(copy=False)
    query = query.from_(union.subquery("ahead", copy=False), copy=False)
    query = query.order_by(column("at", "ahead"), copy=False).limit(MOST_EDGES, copy=False)
    return finished(query, maker.parameters)


@dataclass
class _Ahead:
    shape: Shape
    parameters: Parameters

    def part(self, edge: Edge) -> exp.Select:
        return _PARTS[type(edge)](self, edge)

    def scope(self) -> Batch:
        return some(self.shape, self.parameters)

    def reached(self, query: exp.Select, instant: Expression, offset: timedelta) -> exp.Select:
        """When the instant comes to the offset, as `at`; those that did are left out."""
        length = times(
            cast(word("1 second"), "interval"), self.parameters.add(int(offset.total_seconds()), "double precision")
        )
        passed = self.parameters.add(Instant(-offset), "timestamptz")
        query = query.select(aliased(plus(instant, length), "at"), copy=False)
        return query.where(compared(instant, "gt", passed), copy=False)

    def selected(self, selector: Selector, *properties: str) -> exp.Select:
        scope = self.scope()
        place = events.reads_place([*events.properties_of(selector), *properties])
        conditions = [*scope.theirs(column("customer_id", "e")), *events.selected(selector, "e", scope.operands)]
        return exp.Select().from_(events.event_table("e", place=place), copy=False).where(*conditions, copy=False)

    def event(self, edge: EventEdge) -> exp.Select:
        return self._nearest(self.reached(self.selected(edge.selector), column("time", "e"), edge.offset))

    def _nearest(self, query: exp.Select) -> exp.Select:
        """The next ones alone: an old customer has thousands."""
        query = query.order_by(ordered(exp.column("at")), copy=False).limit(MOST_EDGES, copy=False)
        return exp.select(column("at", "n"), copy=False).from_(query.subquery("n", copy=False), copy=False)

    def periodic(self, edge: PeriodicEdge) -> exp.Select:
        """The next periods after the last selected event."""
        last = self.selected(edge.selector).select(aliased(exp.Max(this=column("time", "e")), "last_at"), copy=False)
        last = last.where(*events.within(Ever(), column("time", "e"), self.scope().operands), copy=False)
        seconds = self.parameters.add(int(edge.period.total_seconds()), "double precision")
        passed = exp.Sub(this=self.parameters.add(Instant(), "timestamptz"), expression=column("last_at", "l"))
        whole = exp.Div(
            this=exp.Extract(this=exp.var("epoch"), expression=exp.Paren(this=passed)), expression=seconds, typed=True
        )
        coming = plus(call("floor", whole), column("k", "periods"))
        at = plus(column("last_at", "l"), times(cast(word("1 second"), "interval"), times(coming, seconds)))
        periods = exp.Table(
            this=call("generate_series", number(1), number(MOST_DAYS)),
            alias=exp.TableAlias(this=exp.to_identifier("periods"), columns=[exp.to_identifier("k")]),
        )
        query = exp.select(aliased(at, "at"), copy=False).from_(last.subquery("l", copy=False), copy=False)
        known = exp.Not(this=exp.Is(this=column("last_at", "l"), expression=exp.null()))
        return query.join(periods, join_type="cross", copy=False).where(known, copy=False)

    def property(self, edge: PropertyEdge) -> exp.Select:
        value = events.property_of(edge.property, "e", self.parameters).instant()
        return self._nearest(self.reached(self.selected(edge.selector, edge.property), value, edge.offset))

    def attribute(self, edge: AttributeEdge) -> exp.Select:
        scope = self.scope()
        value = Conditions(scope).value(edge.key).instant()
        return self.reached(people(scope), value, edge.offset)

    def segment(self, edge: SegmentEdge) -> exp.Select:
        kind = "exited" if edge.state == "left" else "entered"
        query = exp.Select().from_(table("segmentation_membershipchange", "g"), copy=False)
        query = query.where(
            *self.scope().theirs(column("customer_id", "g")),
            equal(column("segment_id", "g"), self.parameters.add(SegmentId(edge.segment), "bigint")),
            equal(column("kind", "g"), word(kind)),
            copy=False,
        )
        return self._nearest(self.reached(query, column("at", "g"), edge.offset))


_PARTS: Mapping[type, Callable[[_Ahead, Any], exp.Select]] = MappingProxyType(
    {
        EventEdge: _Ahead.event,
        PeriodicEdge: _Ahead.periodic,
        PropertyEdge: _Ahead.property,
        AttributeEdge: _Ahead.attribute,
        SegmentEdge: _Ahead.segment,
    }
)
