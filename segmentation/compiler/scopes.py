"""Whose rows a statement reads: everybody's, or those of a batch of customers.

A condition never is a subquery for each customer. Whatever it needs besides the customer's own row is a table with at
most one row a customer, joined to `c`; each scope says how such a table is made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlglot import exp

from segmentation.compiler import events
from segmentation.compiler.joins import joined
from segmentation.compiler.operators import Operands
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    among,
    column,
    compared,
    equal,
    filtered,
    not_,
    number,
    table,
)
from segmentation.compiler.statement import Customers, Earliest, EventIds, Instant, Parameters
from segmentation.compiler.values import Value, json_itself
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Ever, Last, Latest, Measure, Measured, Selector, Window

PERSON = "c"
# Up to so many customers are looked up one by one: it takes a third of a second, and a scan of all time some seconds.
FEW = 10_000


@dataclass
class Scope:
    """The tables that one statement joins to its customers, each made once however often it is asked for."""

    catalogue: Catalogue
    parameters: Parameters = field(default_factory=Parameters)
    of_since: bool = False
    at_past: bool = False
    totals: bool = False
    _tables: dict[Hashable, tuple[str, exp.Select]] = field(default_factory=dict)

    @property
    def operands(self) -> Operands:
        return Operands(self.parameters, self.of_since)

    def joined(self, key: Hashable, make: Callable[[], exp.Select]) -> str:
        """The alias of a joined table that has a column `customer_id`."""
        if key not in self._tables:
            # The alias is taken after the table is made: making it may join others.
            query = make()
            self._tables[key] = (f"j{len(self._tables) + 1}", query)
        return self._tables[key][0]

    def shared(self, key: str, make: Callable[[], exp.Select]) -> str:
        """A joined table that other parts of the statement may ask for too."""
        return self.joined(key, make)

    def beside(self) -> Everyone:
        """Everybody, for a query of its own in the same statement."""
        return Everyone(self.catalogue, self.parameters, self.of_since, self.at_past, self.totals)

    def table_of(self, alias: str) -> exp.Select:
        """The table that is joined under an alias."""
        return next(query for name, query in self._tables.values() if name == alias)

    def join_to(self, query: exp.Select, held: Expression | None = None) -> exp.Select:
        """The query with every table joined to the customers, of whom `held` has to be true."""
        return joined(query, dict(self._tables.values()), person=PERSON, held=held)

    def theirs(self, customer: Expression) -> list[Expression]:
        """The condition that a row belongs to the customers of this statement."""
        raise NotImplementedError

    def rows(self, selector: Selector, window: Window, alias: str, properties: Sequence[str]) -> Expression:
        """The event rows to read for a selector, under an alias; properties are read besides those of `where`."""
        raise NotImplementedError

    def measured(self, measured: Measured) -> Value:
        raise NotImplementedError

    def totalled(self, measured: Measured) -> bool:
        """Whether the running totals hold the measure: how often something ever happened."""
        selector = measured.selector
        plain = measured.measure == Measure("count") and measured.window == Ever() and not selector.where
        return self.totals and plain and events.ANY_NAME not in selector.names

    def from_totals(self, measured: Measured) -> tuple[exp.Select, events.Aggregates]:
        """The grouped totals of a measure, and the aggregate to take of a group."""
        person = column("customer_id", "t")
        query = exp.select(person, copy=False).from_(table("customers_eventtotal", "t"), copy=False)
        query = query.where(*self.theirs(person), *self._begun(measured.selector), copy=False)
        query = query.group_by(person, copy=False)
        return query, events.Aggregates((events.counted_by_totals("t", self.operands),), 0)

    def kept(self, latest: Latest) -> bool:
        """Whether the running totals say when the event was: the newest (or oldest) ever, of one name."""
        selector = latest.selector
        plain = latest.window == Ever() and not selector.where and len(selector.names) == 1
        return self.totals and plain and events.ANY_NAME not in selector.names

    def newest_kept(self, latest: Latest) -> Value:
        """The property of an event that is looked up at the instant that the totals name."""

        def make() -> exp.Select:
            who = exp.select(copy=False).from_(table("customers_eventtotal", "t"), copy=False)
            who = who.where(*self.theirs(column("customer_id", "t")), *self._begun(latest.selector), copy=False)
            return events.beside(self.at_totals(who, latest.which).subquery("happened", copy=False))

        alias = self.joined(("kept", latest.selector, latest.which), make)
        return events.property_of(latest.property, alias, self.parameters)

    def _begun(self, selector: Selector) -> list[Expression]:
        """The totals `t` of these names that hold something up to now."""
        return [
            among(column("name_id", "t"), self.parameters.add(EventIds(selector.names), "int[]")),
            compared(column("first_at", "t"), "lte", self.operands.ahead(timedelta())),
        ]

    def at_totals(self, totals: exp.Select, which: str) -> exp.Select:
        """The newest (or oldest) event of each of the totals `t`."""
        one = events.at_total("t", which, self.operands)
        return totals.select(*events.columns_of("one"), copy=False).join(one, join_type="cross", copy=False)

    def latest(self, latest: Latest) -> Value:
        raise NotImplementedError


@dataclass
class Everyone(Scope):
    """All customers: each measure is a scan of its own over the events of its names.

    `insisted` is a condition on the customer's own row without which nobody belongs: of others nothing is looked up.
    `left` names a table of the statement with those whom the rest of the rule leaves: events of ever are looked up for
    each of them where they are few, and scanned where they are many.
    """

    insisted: Expression | None = None
    left: str | None = None

    def theirs(self, customer: Expression) -> list[Expression]:
        return []

    def shared(self, key: str, make: Callable[[], exp.Select]) -> str:
        """Made once for the statement: a ranking goes over the same table as the condition that asks for it."""
        if not self.parameters.stand_still:
            return super().shared(key, make)
        name = f"all_{key}_before" if self.of_since else f"all_{key}"
        if name not in self.parameters.named:
            self.parameters.named[name] = make()
        return self.joined(key, lambda: exp.select("*", copy=False).from_(exp.to_table(name), copy=False))

    def at_totals(self, totals: exp.Select, which: str) -> exp.Select:
        if self.insisted is not None:
            on = equal(column("id", PERSON), column("customer_id", "t"))
            totals = totals.join(table("customers_customer", PERSON), on=on, copy=False)
            totals = totals.where(self.insisted, copy=False)
        return events.at_every_total(totals, "t", which, self.operands)

    def rows(self, selector: Selector, window: Window, alias: str, properties: Sequence[str]) -> Expression:
        place = events.reads_place([*events.properties_of(selector), *properties])
        return events.event_table(alias, place=place)

    def happened(self, selector: Selector, window: Window, properties: Sequence[str]) -> exp.Select:
        """The selected events `e` in the window, with no columns chosen yet."""
        conditions = [
            *events.selected(selector, "e", self.operands),
            *events.within(window, column("time", "e"), self.operands),
        ]
        rows = self.rows(selector, window, "e", properties)
        return exp.Select().from_(rows, copy=False).where(*conditions, copy=False)

    def measure_rows(self, several: Sequence[Measured]) -> tuple[exp.Select, list[events.Aggregates]]:
        """The grouped events of measures of the same events, none in a longer window than the first, and of each the
        aggregates to take of a group."""
        first = several[0]
        if self.totalled(first):
            query, total = self.from_totals(first)
            return query, [total]
        query = self.happened(first.selector, first.window, events.measured_properties(several))
        person, found = column("customer_id", "e"), events.aggregates_together(several, "e", self.operands)
        return query.select(person, copy=False).group_by(person, copy=False), found

    def lately(self, measured: Measured) -> bool:
        """Whether the running totals say if there was an event: of these names, in a window that ends now."""
        selector = measured.selector
        plain = isinstance(measured.window, Last) and not selector.where and events.ANY_NAME not in selector.names
        return self.totals and plain

    def met(self, measured: Measured) -> exp.Select:
        """The customers with an event in a window that ends now, by the instant of their newest one."""
        bounds = events.stretch(measured.window, of_since=self.of_since)
        start = self.parameters.add(bounds.start, "timestamptz")
        person = column("customer_id", "t")
        query = exp.select(person, copy=False).from_(table("customers_eventtotal", "t"), copy=False)
        name = among(column("name_id", "t"), self.parameters.add(EventIds(measured.selector.names), "int[]"))
        there = events.since_by_totals("t", start, self.operands)
        query = query.where(name, compared(column("last_at", "t"), "gt", start), there, copy=False)
        return query.group_by(person, copy=False) if len(measured.selector.names) > 1 else query

    def deep(self, measured: Measured) -> bool:
        """Whether a measure goes over events of all time."""
        return measured.window == Ever() and not self.totalled(measured)

    def decided(
        self, several: Sequence[Measured], passes: Callable[[Sequence[events.Aggregates]], Expression]
    ) -> exp.Select:
        """The customers whose measures pass; those whom the rest of the rule left out may be missing."""
        query, found = self.measure_rows(several)
        query = query.having(passes(found), copy=False)
        first = several[0]
        if self.left is None or not self.deep(first):
            return query
        person, few = column("customer_id", "f"), number(FEW)
        counted = exp.select(exp.Count(this=exp.Star()), copy=False).from_(exp.to_table(self.left), copy=False)
        many = compared(exp.Subquery(this=counted), "gt", few)
        theirs = self.happened(first.selector, first.window, events.measured_properties(several))
        theirs = theirs.select(number(1), copy=False)
        theirs = theirs.where(equal(column("customer_id", "e"), person), copy=False).having(passes(found), copy=False)
        one = exp.Lateral(this=exp.Subquery(this=theirs), alias=exp.TableAlias(this=exp.to_identifier("one")))
        looked = exp.select(person, copy=False).from_(table(self.left, "f"), copy=False).join(one, join_type="cross")
        either = exp.union(
            looked.where(not_(many), copy=False), query.where(many, copy=False), distinct=False, copy=False
        )
        return exp.select("*", copy=False).from_(either.subquery("either", copy=False), copy=False)

    def measured(self, measured: Measured) -> Value:
        def make() -> exp.Select:
            query, (found,) = self.measure_rows([measured])
            return query.select(*(aliased(part, f"v{i}") for i, part in enumerate(found.parts)), copy=False)

        alias = self.joined(measured, make)
        found = events.aggregates(measured.measure, "e", Parameters())
        return events.measured_value([column(f"v{i}", alias) for i in range(len(found.parts))], found.empty)

    def latest(self, latest: Latest) -> Value:
        if self.kept(latest):
            return self.newest_kept(latest)

        def make() -> exp.Select:
            person = column("customer_id", "e")
            query = self.happened(latest.selector, latest.window, [])
            query = query.select(*events.columns_of("e"), copy=False).distinct(person, copy=False)
            order = [exp.Ordered(this=person, nulls_first=False), *events.newest_first("e", which=latest.which)]
            return events.beside(query.order_by(*order, copy=False).subquery("happened", copy=False))

        alias = self.joined(("latest", latest.selector, latest.which, latest.window), make)
        return events.property_of(latest.property, alias, self.parameters)


@dataclass
class Batch(Scope):
    """Some customers: their events are read once, and all measures are taken in one pass over them."""

    _columns: list[tuple[str, Expression]] = field(default_factory=list)
    _measures: dict[Hashable, Value] = field(default_factory=dict)
    _ever: set[str] = field(default_factory=set)
    _bounded: dict[str, set[Instant | object]] = field(default_factory=dict)
    _place: bool = False

    EVENTS = "happened"
    SUMS = "m"

    def theirs(self, customer: Expression) -> list[Expression]:
        return [among(customer, self.parameters.add(Customers(), "bigint[]"))]

    def rows(self, selector: Selector, window: Window, alias: str, properties: Sequence[str]) -> Expression:
        self._need(selector, window, [*events.properties_of(selector), *properties])
        return table(self.EVENTS, alias)

    def _need(self, selector: Selector, window: Window, properties: Sequence[str]) -> None:
        start = events.stretch(window, of_since=self.of_since).start
        for name in selector.names:
            if start is None:
                self._ever.add(name)
            else:
                self._bounded.setdefault(name, set()).add(start)
        self._place = self._place or events.reads_place(properties)

    def _only(self, selector: Selector, window: Window) -> Expression:
        return all_of(
            [
                *events.selected(selector, "e", self.operands),
                *events.within(window, column("time", "e"), self.operands),
            ]
        )

    def _column(self, aggregate: Expression) -> Expression:
        name = f"v{len(self._columns) + 1}"
        self._columns.append((name, aggregate))
        return column(name, self.SUMS)

    def measured(self, measured: Measured) -> Value:
        if self.totalled(measured):
            return self._total(measured)
        if measured not in self._measures:
            self._measures[measured] = self._measure(measured)
        return self._measures[measured]

    def _measure(self, measured: Measured) -> Value:
        properties = [*events.properties_of(measured.selector), *events.measured_properties([measured])]
        self._need(measured.selector, measured.window, properties)
        only = self._only(measured.selector, measured.window)
        found = events.aggregates(measured.measure, "e", self.parameters, only)
        return events.measured_value([self._column(part) for part in found.parts], found.empty)

    def _total(self, measured: Measured) -> Value:
        def make() -> exp.Select:
            query, found = self.from_totals(measured)
            return query.select(aliased(found.parts[0], "v0"), copy=False)

        return events.measured_value([column("v0", self.joined(measured, make))], 0)

    def latest(self, latest: Latest) -> Value:
        if self.kept(latest):
            return self.newest_kept(latest)
        key = ("latest", latest.selector, latest.which, latest.property, latest.window)
        if key not in self._measures:
            self._measures[key] = json_itself(self._column(self._gathered(latest)))
        return self._measures[key]

    def _gathered(self, latest: Latest) -> Expression:
        """The property of the first of the events in order, as JSON."""
        self._need(latest.selector, latest.window, [*events.properties_of(latest.selector), latest.property])
        value = events.property_of(latest.property, "e", self.parameters).shown()
        order = exp.Order(this=value, expressions=events.newest_first("e", which=latest.which))
        gathered = filtered(exp.ArrayAgg(this=order), self._only(latest.selector, latest.window))
        return exp.Bracket(this=exp.Paren(this=gathered), expressions=[exp.Literal.number(1)], offset=1)

    def join_to(self, query: exp.Select, held: Expression | None = None) -> exp.Select:
        if self._columns:
            person = column("customer_id", "e")
            sums = (
                exp.select(person, *(aliased(e, name) for name, e in self._columns), copy=False)
                .from_(table(self.EVENTS, "e"), copy=False)
                .group_by(person, copy=False)
            )
            on = equal(column("customer_id", self.SUMS), column("id", PERSON))
            query = query.join(sums.subquery(self.SUMS, copy=False), on=on, join_type="left", copy=False)
        return super().join_to(query, held)

    def events_read(self) -> Expression | None:
        """The one reading of the batch's events that everything else goes over; None where nothing reads events."""
        parts = [self._part(conditions) for conditions in self._stretches()]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)

    def _stretches(self) -> list[list[Expression]]:
        """Names asked for ever, and beside them the others from the earliest instant that any window asks for."""
        person, time = column("customer_id", "happened"), column("time", "happened")
        until = [compared(time, "lte", self.parameters.add(Instant(of_since=self.of_since), "timestamptz"))]
        found: list[list[Expression]] = []
        ever = tuple(sorted(self._ever))
        if ever:
            found.append([*self.theirs(person), events.named(ever, "happened", self.parameters), *until])
        bounded = {name: starts for name, starts in self._bounded.items() if name not in self._ever}
        if bounded and events.ANY_NAME not in self._ever:
            return [*found, self._since(tuple(sorted(bounded)), set().union(*bounded.values()), ever, until)]
        if bounded:
            # Received events are all read already: what is left are lines derived from orders.
            rest = self._since(tuple(sorted(bounded)), set().union(*bounded.values()), ever, until)
            found.append([*rest, exp.Not(this=exp.Is(this=column("line", "happened"), expression=exp.null()))])
        return found

    def _since(
        self, names: tuple[str, ...], starts: set[object], ever: tuple[str, ...], until: list[Expression]
    ) -> list[Expression]:
        earliest = self.parameters.add(Earliest(frozenset(starts)), "timestamptz")  # type: ignore[arg-type]
        read = [name for name in ever if name != events.ANY_NAME]
        known = among(column("name_id", "happened"), self.parameters.add(EventIds(tuple(read)), "int[]"))
        return [
            *self.theirs(column("customer_id", "happened")),
            events.named(names, "happened", self.parameters),
            compared(column("time", "happened"), "gte", earliest),
            *(condition for condition in until),
            *([not_(known)] if read else []),
        ]

    def _part(self, conditions: list[Expression]) -> exp.Select:
        if self._place:
            return events.with_place(conditions)
        columns = (column(name, "happened") for name in events.ROW)
        return (
            exp.select(*columns, copy=False)
            .from_(table("customers_event", "happened"), copy=False)
            .where(*conditions, copy=False)
        )
