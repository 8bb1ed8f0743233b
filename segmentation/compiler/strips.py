"""Whom the clock alone may have moved between two instants: the edges of rules as strips of time.

An edge with an offset says that whatever lies at `t` may matter at `t + offset`; between `since` and `until` these are
the ones in `(since - offset, until - offset]`, which an index finds. What is known only at midnight is compared at both
instants, and only where a midnight lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from segmentation.compiler import dates, events
from segmentation.compiler.conditions import Conditions
from segmentation.compiler.scopes import PERSON, Everyone
from segmentation.compiler.select import Shape, everyone, people, shape
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    among,
    any_of,
    call,
    cast,
    column,
    compared,
    equal,
    minus,
    number,
    table,
    times,
    word,
)
from segmentation.compiler.statement import (
    Anniversaries,
    Compiled,
    DaysBetween,
    Instant,
    Moment,
    Parameters,
    SegmentId,
    Statement,
    finished,
)
from segmentation.compiler.surroundings import Surroundings
from segmentation.compiler.values import Json
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
    edges,
)
from segmentation.rules.nodes import Ever, Rule, Selector

AT_MIDNIGHT = (AgeEdge, AnniversaryEdge, PropertyAnniversaryEdge)


def strips(rule: Rule, surroundings: Surroundings, since: datetime, until: datetime) -> Statement:
    """Rows `(customer_id)`: everybody whose answer the clock alone may have changed in `(since, until]`, maybe more."""
    return strips_of({0: rule}, surroundings, since, until, named=False)


def strips_of(
    rules: Mapping[int, Rule], surroundings: Surroundings, since: datetime, until: datetime, *, named: bool = True
) -> Statement:
    """The same for several rules at once, as rows `(customer_id, key)`: an edge that rules share is looked for once."""
    compiled = _strips(tuple(rules.items()), shape(surroundings), _midnight_between(since, until), named)
    return compiled.bind(Moment(surroundings.at(until), since=since))


def _midnight_between(since: datetime, until: datetime) -> bool:
    return since.astimezone(UTC).date() < until.astimezone(UTC).date()


@lru_cache(maxsize=256)
def _strips(rules: tuple[tuple[int, Rule], ...], shape: Shape, midnight: bool, named: bool) -> Compiled:
    """`midnight` says whether one lies in the strip: without one the edges at midnight are left out."""
    readers: dict[Edge, list[int]] = {}
    for key, rule in rules:
        for edge in edges(rule):
            if midnight or not isinstance(edge, AT_MIDNIGHT):
                readers.setdefault(edge, []).append(key)
    maker = _Strips(shape)
    parts = [maker.named(edge, keys) if named else maker.strip(edge) for edge, keys in readers.items()]
    if not parts:
        parts = [exp.select(*_columns(named), copy=False).where(exp.false(), copy=False)]
    query = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=True, copy=False)
    return finished(query, maker.parameters)


def _columns(named: bool) -> list[Expression]:
    customer = aliased(cast(exp.null(), "bigint"), "customer_id")
    return [customer, aliased(cast(exp.null(), "bigint"), "key")] if named else [customer]


@dataclass
class _Strips:
    """One strip after the other, with the parameters of the one statement that they make."""

    shape: Shape
    parameters: Parameters = field(default_factory=Parameters)

    def named(self, edge: Edge, keys: list[int]) -> exp.Select:
        """The strip with a row for each rule that has the edge."""
        reader = call("unnest", self.parameters.add(list(keys), "bigint[]"))
        strip = self.strip(edge).subquery("strip", copy=False)
        return exp.select(column("customer_id", "strip"), aliased(reader, "key"), copy=False).from_(strip, copy=False)

    def strip(self, edge: Edge) -> exp.Select:
        return _MAKERS[type(edge)](self, edge)

    def scope(self, *, of_since: bool = False) -> Everyone:
        return everyone(self.shape, self.parameters, of_since=of_since)

    def between(self, instant: Expression, offset: timedelta) -> list[Expression]:
        """In `(since - offset, until - offset]`."""
        first, last = (self.parameters.add(Instant(-offset, of_since=early), "timestamptz") for early in (True, False))
        return [compared(instant, "gt", first), compared(instant, "lte", last)]

    def selected(self, selector: Selector, *properties: str) -> exp.Select:
        """The customers of selected events `e`, with room for more conditions."""
        scope = self.scope()
        place = events.reads_place([*events.properties_of(selector), *properties])
        query = exp.select(column("customer_id", "e"), copy=False).from_(
            events.event_table("e", place=place), copy=False
        )
        return query.where(*events.selected(selector, "e", scope.operands), copy=False)

    def event(self, edge: EventEdge) -> exp.Select:
        """At an offset of 0 only an event that was received before its time: ingest marked all others as they came."""
        query = self.selected(edge.selector).where(*self.between(column("time", "e"), edge.offset), copy=False)
        if edge.offset:
            return query
        return query.where(compared(column("received_at", "e"), "lt", column("time", "e")), copy=False)

    def periodic(self, edge: PeriodicEdge) -> exp.Select:
        """A strip for each period since the first order of all: as many looks into an index as there were periods."""
        seconds = self.parameters.add(int(edge.period.total_seconds()), "double precision")
        first = exp.select(exp.Min(this=column("ordered_at", "f")), copy=False)
        first = first.from_(table("customers_order", "f"), copy=False)
        passed = minus(self.parameters.add(Instant(), "timestamptz"), exp.Subquery(this=first))
        whole = exp.Div(this=exp.Extract(this=exp.var("epoch"), expression=passed), expression=seconds, typed=True)
        periods = exp.Table(
            this=call("generate_series", number(1), cast(call("ceil", whole), "integer")),
            alias=exp.TableAlias(this=exp.to_identifier("periods"), columns=[exp.to_identifier("k")]),
        )
        query = exp.select(column("customer_id", "o"), copy=False).from_(periods, copy=False)
        on = all_of(self._periods_ago(seconds))
        return query.join(table("customers_order", "o"), on=on, copy=False)

    def _periods_ago(self, seconds: Expression) -> list[Expression]:
        """Whole periods are taken off as seconds: a day less may be 23 hours in the time zone of a session."""
        found: list[Expression] = []
        for operator, early in (("gt", True), ("lte", False)):
            instant = self.parameters.add(Instant(of_since=early), "timestamptz")
            many = times(column("k", "periods"), seconds)
            ago = times(cast(word("1 second"), "interval"), many)
            found.append(compared(column("ordered_at", "o"), operator, minus(instant, ago)))
        return found

    def property(self, edge: PropertyEdge) -> exp.Select:
        value = events.property_of(edge.property, "e", self.parameters).instant()
        happened = events.within(Ever(), column("time", "e"), self.scope().operands)
        query = self.selected(edge.selector, edge.property)
        return query.where(*happened, *self.between(value, edge.offset), copy=False)

    def property_anniversary(self, edge: PropertyAnniversaryEdge) -> exp.Select:
        value = events.property_of(edge.property, "e", self.parameters).instant()
        happened = events.within(Ever(), column("time", "e"), self.scope().operands)
        query = self.selected(edge.selector, edge.property)
        return query.where(*happened, self._anniversary_moved(value, edge.days), copy=False)

    def attribute(self, edge: AttributeEdge) -> exp.Select:
        scope = self.scope()
        value = Conditions(scope).value(edge.key)
        query = people(scope, _customer())
        if isinstance(value, Json):
            query = query.where(self._could_be(value, edge.offset), copy=False)
        return query.where(*self.between(value.instant(), edge.offset), copy=False)

    def _could_be(self, value: Json, offset: timedelta) -> Expression:
        """Whether the date is one of the days at all: reading everybody's dates in full takes seconds."""
        day = call("left", value.as_text, number(10))
        days = self.parameters.add(DaysBetween(-offset), "text[]")
        in_seconds = equal(call("jsonb_typeof", value.json), word("number"))
        return any_of([among(day, days), in_seconds])

    def anniversary(self, edge: AnniversaryEdge) -> exp.Select:
        scope = self.scope()
        value = Conditions(scope).value(edge.key).instant()
        return people(scope, _customer()).where(self._anniversary_moved(value, edge.days), copy=False)

    def _anniversary_moved(self, value: Expression, days: int) -> Expression:
        before, after = (
            dates.day_of_year(value, self.parameters.add(Anniversaries(days, of_since=early), "text[]"))
            for early in (True, False)
        )
        return exp.NEQ(this=exp.Paren(this=before), expression=exp.Paren(this=after))

    def age(self, edge: AgeEdge) -> exp.Select:
        before, after = (
            Conditions(self.scope(of_since=early)).value("age").number().plain() for early in (True, False)
        )
        return people(self.scope(), _customer()).where(
            exp.NullSafeNEQ(this=exp.Paren(this=before), expression=exp.Paren(this=after)), copy=False
        )

    def segment(self, edge: SegmentEdge) -> exp.Select:
        kind = "exited" if edge.state == "left" else "entered"
        segment = self.parameters.add(SegmentId(edge.segment), "bigint")
        return (
            exp.select(column("customer_id", "g"), copy=False)
            .from_(table("segmentation_membershipchange", "g"), copy=False)
            .where(
                equal(column("segment_id", "g"), segment),
                equal(column("kind", "g"), word(kind)),
                *self.between(column("at", "g"), edge.offset),
                copy=False,
            )
        )


def _customer() -> Expression:
    return aliased(column("id", PERSON), "customer_id")


_MAKERS: Mapping[type, Callable[[_Strips, Any], exp.Select]] = MappingProxyType(
    {
        EventEdge: _Strips.event,
        PeriodicEdge: _Strips.periodic,
        PropertyEdge: _Strips.property,
        PropertyAnniversaryEdge: _Strips.property_anniversary,
        AttributeEdge: _Strips.attribute,
        AnniversaryEdge: _Strips.anniversary,
        AgeEdge: _Strips.age,
        SegmentEdge: _Strips.segment,
    }
)
