"""Events in SQL: which rows a selector and a window take, their properties, and the measures over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlglot import exp

from segmentation.compiler.operators import Operands, condition, storable
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    among,
    any_of,
    call,
    cast,
    coalesce,
    column,
    compared,
    equal,
    filtered,
    is_missing,
    minus,
    number,
    ordered,
    table,
    utc,
    when,
    word,
)
from segmentation.compiler.statement import EventIds, Instant, Parameters
from segmentation.compiler.values import Amount, Json, Plain, Quotient, Value, json_field, told_apart
from segmentation.rules.nodes import (
    Between,
    Ever,
    FromTo,
    Last,
    Measure,
    Measured,
    PropertyTest,
    Selector,
    Window,
)
from segmentation.rules.nodes import (
    Sequence as SequenceNode,
)

ANY_NAME = "*"
# The names under which an event row shows what its customer and its source say (see `with_place`).
LOCAL = frozenset({"$hour", "$weekday", "$store", "$source"})
ROW = ("id", "customer_id", "name_id", "time", "received_at", "line", "store", "source_id", "properties")


def reads_place(properties: Iterable[str]) -> bool:
    """Whether a property needs the customer's time zone, the store or the source beside the event."""
    return not LOCAL.isdisjoint(properties)


def properties_of(selector: Selector) -> tuple[str, ...]:
    return tuple(test.property for test in selector.where)


def measured_properties(several: Sequence[Measured]) -> list[str]:
    return [one.measure.property for one in several if one.measure.property]


def event_table(alias: str, *, place: bool) -> exp.Table | exp.Subquery:
    """The rows of events to select from; with the columns `zone`, `store_name` and `source_name` where asked."""
    if not place:
        return table("customers_event", alias)
    return with_place([]).subquery(alias, copy=False)


def columns_of(alias: str) -> list[Expression]:
    return [column(name, alias) for name in ROW]


def with_place(conditions: Sequence[Expression]) -> exp.Select:
    """Those events `happened` that meet the conditions, beside their place."""
    return beside(table("customers_event", "happened")).where(*conditions, copy=False)


def beside(happened: Expression) -> exp.Select:
    """Events under the alias `happened` beside the time zone that counts for them (the customer's, else the source's),
    store and source. PostgreSQL leaves out a join of which no column is read."""
    zone = coalesce(_valid_zone(column("timezone", "who")), _valid_zone(column("timezone", "origin")), word("UTC"))
    query = exp.select(
        *columns_of("happened"),
        aliased(zone, "zone"),
        aliased(coalesce(column("store", "happened"), column("store", "origin")), "store_name"),
        aliased(column("slug", "origin"), "source_name"),
        copy=False,
    ).from_(happened, copy=False)
    for name, alias, key in (("customers_customer", "who", "customer_id"), ("customers_source", "origin", "source_id")):
        on = equal(column("id", alias), column(key, "happened"))
        query = query.join(table(name, alias), on=on, join_type="left", copy=False)
    return query


def _valid_zone(name: Expression) -> Expression:
    """The zone's name if this server knows it: an unknown one would be an error in the middle of a statement."""
    dated = exp.Paren(this=exp.DPipe(this=word("2000-01-01 00:00:00 "), expression=name, safe=True))
    known = call("pg_input_is_valid", dated, word("timestamptz"))
    return when(exp.and_(exp.NEQ(this=name, expression=word("")), known, copy=False), name)


def property_of(name: str, alias: str, parameters: Parameters) -> Value:
    """A property of an event row."""
    if name == "$store":
        return Plain(column("store_name", alias), "text")
    if name == "$source":
        return Plain(column("source_name", alias), "text")
    if name in LOCAL:
        part = "hour" if name == "$hour" else "isodow"
        wall = call("timezone", column("zone", alias), column("time", alias))
        return Amount(Quotient(cast(exp.Extract(this=exp.var(part), expression=wall), "numeric")))
    if not storable(name):
        return Json(cast(exp.null(), "jsonb"), cast(exp.null(), "text"))
    return json_field(column("properties", alias), parameters.add(name, "text"))


def named(names: Sequence[str], alias: str, parameters: Parameters) -> Expression:
    """Whether the event has one of the names; the lines derived from orders are no received events."""
    conditions: list[Expression] = []
    if ANY_NAME in names:
        conditions.append(is_missing(column("line", alias)))
    plain = tuple(name for name in names if name != ANY_NAME)
    if plain or not names:
        conditions.append(among(column("name_id", alias), parameters.add(EventIds(plain), "int[]")))
    return any_of(conditions)


def selected(selector: Selector, alias: str, operands: Operands) -> list[Expression]:
    """The conditions of a selector, name first."""
    return [
        named(selector.names, alias, operands.parameters),
        *(passes(test, alias, operands) for test in selector.where),
    ]


def passes(test: PropertyTest, alias: str, operands: Operands) -> Expression:
    return condition(property_of(test.property, alias, operands.parameters), test.test, operands)


@dataclass(frozen=True)
class Stretch:
    """A window as bounds: after or from `start`, until or before `end`; None is open. `now` bounds it besides."""

    start: Instant | datetime | None
    end: Instant | datetime
    start_counts: bool = False
    end_counts: bool = True


def stretch(window: Window, *, of_since: bool = False) -> Stretch:
    now = Instant(of_since=of_since)
    if isinstance(window, Last):
        return Stretch(Instant(-window.duration.length, of_since=of_since), now)
    if isinstance(window, FromTo):
        return Stretch(Instant(-window.start.length, of_since=of_since), Instant(-window.end.length, of_since=of_since))
    if isinstance(window, Between):
        return Stretch(window.start, window.end, start_counts=True, end_counts=False)
    return Stretch(None, now)


def within(window: Window, instant: Expression, operands: Operands) -> list[Expression]:
    """Whether an instant lies in the window. Nothing after `now` does."""
    bounds = stretch(window, of_since=operands.of_since)
    add = operands.parameters.add
    found: list[Expression] = []
    if bounds.start is not None:
        operator = "gte" if bounds.start_counts else "gt"
        found.append(compared(instant, operator, add(bounds.start, "timestamptz")))
    operator = "lte" if bounds.end_counts else "lt"
    found.append(compared(instant, operator, add(bounds.end, "timestamptz")))
    if isinstance(window, Between):
        found.append(compared(instant, "lte", operands.ahead(timedelta())))
    return found


@dataclass(frozen=True)
class Aggregates:
    """The parts of a measure: one aggregate, or a sum and a count for a mean. `empty` is its value over no events."""

    parts: tuple[Expression, ...]
    empty: int | None


def aggregates(measure: Measure, alias: str, parameters: Parameters, only: Expression | None = None) -> Aggregates:
    """A measure over the rows of `alias` (those for which `only` holds)."""
    if measure.property is None:
        return Aggregates((filtered(_counted(measure.aggregate, alias), only),), 0)
    value = property_of(measure.property, alias, parameters)
    if measure.aggregate == "distinct":
        counted: Expression = exp.Count(this=exp.Distinct(expressions=[told_apart(value)]))
        return Aggregates((filtered(counted, only),), 0)
    amount = value.number().plain()
    parts: list[Expression] = [_REDUCED[measure.aggregate](this=amount)]
    if measure.aggregate == "avg":
        parts.append(exp.Count(this=amount))
    restricted = tuple(filtered(part, only if only is not None else None) for part in parts)
    return Aggregates(restricted, 0 if measure.aggregate == "sum" else None)


def aggregates_together(several: Sequence[Measured], alias: str, operands: Operands) -> list[Aggregates]:
    """Measures over the same rows, which are those of the first one's window; the others are within it."""
    found = []
    for one in several:
        shorter = one.window != several[0].window
        only = all_of(within(one.window, column("time", alias), operands)) if shorter else None
        found.append(aggregates(one.measure, alias, operands.parameters, only))
    return found


_REDUCED: dict[str, type[exp.AggFunc]] = {
    "sum": exp.Sum,
    "avg": exp.Sum,
    "min": exp.Min,
    "max": exp.Max,
}


def _counted(aggregate: str, alias: str) -> Expression:
    if aggregate == "days_active":
        day = cast(utc(column("time", alias)), "date")
        return exp.Count(this=exp.Distinct(expressions=[day]))
    return exp.Count(this=exp.Star())


def counted_by_totals(alias: str, operands: Operands) -> Expression:
    """How often the events of some totals happened up to now: of a total that holds later ones these are taken off.

    What lies ahead of now is in the newest partitions alone, so hardly anything of that is planned.
    """
    now = operands.ahead(timedelta())
    ahead = _counted_of_total(alias).where(compared(column("time", "later"), "gt", now), copy=False)
    over = compared(column("last_at", alias), "lte", now)
    left = exp.Sub(this=column("count", alias), expression=exp.Subquery(this=ahead))
    return exp.Sum(this=when(over, column("count", alias), left))


def since_by_totals(alias: str, start: Expression, operands: Operands) -> Expression:
    """Whether an event of a total happened after `start`, up to now; its newest is known to be after `start`."""
    now, time = operands.ahead(timedelta()), column("time", "later")
    before = _counted_of_total(alias).where(compared(time, "gt", start), compared(time, "lte", now), copy=False)
    over = compared(column("last_at", alias), "lte", now)
    # A number and no EXISTS: that could be planned as a hash of all events of the window.
    return when(over, exp.true(), compared(exp.Subquery(this=before), "gt", number(0)))


def _counted_of_total(alias: str) -> exp.Select:
    later = exp.select(exp.Count(this=exp.Star()), copy=False).from_(table("customers_event", "later"), copy=False)
    keys = (equal(column(key, "later"), column(key, alias)) for key in ("customer_id", "name_id"))
    return later.where(*keys, copy=False)


def at_total(alias: str, which: str, operands: Operands) -> Expression:
    """The newest (or oldest) event of a total up to now, as a lateral table `one` of at most one row.

    Its instant is known, so one look into one partition finds it; only where the newest lies ahead of now, the one
    before is searched for.
    """
    now, first = operands.ahead(timedelta()), column("first_at", alias)
    since = until = first
    if which == "last":
        over = compared(column("last_at", alias), "lte", now)
        since, until = when(over, column("last_at", alias), first), call("least", column("last_at", alias), now)
    query = _of_total(exp.select(*columns_of("x"), copy=False).from_(_EVENTS, copy=False), alias)
    query = query.where(*_bounds(column("time", "x"), since, until), copy=False)
    found = query.order_by(*newest_first("x", which=which), copy=False).limit(1, copy=False)
    return exp.Lateral(this=exp.Subquery(this=found), alias=exp.TableAlias(this=exp.to_identifier("one")))


def at_every_total(totals: exp.Select, alias: str, which: str, operands: Operands) -> exp.Select:
    """The newest (or oldest) event up to now of each of very many totals, `alias` in the query of them.

    Each is one look at the instant that the total names; the few totals that go on ahead of now bring all that came
    before. The one row of events at the same instant is chosen at the end: a limit in each look could not be done in
    parallel.
    """
    instant, last, now = column("time", "x"), column("last_at", alias), operands.ahead(timedelta())
    first, person = column("first_at", alias), column("customer_id", "x")
    joined = _of_total(totals.select(*columns_of("x"), copy=False).join(_EVENTS, join_type="cross", copy=False), alias)
    found: exp.Query = joined.where(equal(instant, first))
    if which == "last":
        over = joined.where(compared(last, "lte", now), equal(instant, last))
        found = exp.union(over, joined.where(compared(last, "gt", now), *_bounds(instant, first, now)), distinct=False)
    query = exp.select(*columns_of("x"), copy=False).from_(found.subquery("x", copy=False), copy=False)
    order = [ordered(person), *newest_first("x", which=which)]
    return query.distinct(person, copy=False).order_by(*order, copy=False)


_EVENTS = table("customers_event", "x")


def _of_total(query: exp.Select, alias: str) -> exp.Select:
    """A query of the events `x` for those of a total."""
    keys = (equal(column(key, "x"), column(key, alias)) for key in ("customer_id", "name_id"))
    return query.where(*keys, copy=False)


def _bounds(instant: Expression, since: Expression, until: Expression) -> list[Expression]:
    return [compared(instant, "gte", since), compared(instant, "lte", until)]


def measured_value(parts: Sequence[Expression], empty: int | None) -> Value:
    """The measure's value from its parts where they come out; a customer without rows has the empty one."""
    top = parts[0] if empty is None else coalesce(parts[0], number(empty))
    if len(parts) == 1:
        return Amount(Quotient(top))
    return Amount(Quotient(top, exp.Nullif(this=cast(parts[1], "numeric"), expression=number(0))))


def newest_first(alias: str, *, which: str) -> list[Expression]:
    """The order in which the first row is the newest event (or the oldest): received last (or first) among equals."""
    return [ordered(column(name, alias), descending=which == "last") for name in ("time", "id")]


def same_property(name: str, first: str, then: str, parameters: Parameters) -> Expression:
    """Whether two events carry one value of a property; a missing one matches nothing."""
    left, right = (told_apart(property_of(name, alias, parameters)) for alias in (first, then))
    return equal(left, right)


def followed(node: SequenceNode, rows: Expression, first: str, then: str, operands: Operands) -> Expression:
    """Whether an event that matches `then` follows the event `first` in time."""
    # The difference and not the sum is compared: it cannot run out of range and no session's time zone enters it.
    passed = minus(column("time", then), column("time", first))
    conditions = [
        equal(column("customer_id", then), column("customer_id", first)),
        *selected(node.then, then, operands),
        compared(column("time", then), "gt", column("time", first)),
        compared(passed, "lte", operands.parameters.add(node.within.length, "interval")),
        *within(Ever(), column("time", then), operands),
        *(same_property(name, first, then, operands.parameters) for name in node.same),
    ]
    return exp.Exists(this=exp.select(number(1), copy=False).from_(rows, copy=False).where(*conditions, copy=False))
