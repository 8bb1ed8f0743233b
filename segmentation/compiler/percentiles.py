"""The threshold of a share of all customers, exact to the decimal: the continuous percentile by linear interpolation.

PostgreSQL's own `percentile_cont` counts in binary floats. Here the two values around the place are taken as
they are, and only the way between them is computed, in decimals.
"""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from segmentation.compiler.orders import is_sum, sums_there_are
from segmentation.compiler.scopes import PERSON, Everyone
from segmentation.compiler.sql import (
    Expression,
    aliased,
    call,
    cast,
    column,
    compared,
    filtered,
    is_present,
    minus,
    number,
    ordered,
    plus,
    table,
    times,
    when,
    word,
)
from segmentation.compiler.values import Value
from segmentation.rules.nodes import Percentile


def share_below(node: Percentile) -> Decimal:
    """The share of all values that lies below the threshold: 0.8 for the top 20 and for the bottom 80."""
    percent = 100 - node.percent if node.side == "top" else node.percent
    return percent / 100


def threshold(node: Percentile, scope: Everyone, value: Value) -> exp.Select:
    """A query of one number `limit_`: the threshold over the values of all customers; NULL where nobody has one.

    `value` is the attribute of the customers of `scope`, which belongs to this query alone. Of a sum over orders only
    those of customers with orders are ranked: how many others there are, with 0 each, is known.
    """
    of_orders = is_sum(node.key)
    ranked = _x_of(sums_there_are(node.key, scope)) if of_orders else _values(scope, value)
    counts = _counts(zeros=of_orders).subquery("n", copy=False)
    many = plus(column("listed", "n"), column("zeros", "n"))
    place = plus(times(minus(many, number(1)), scope.parameters.add(share_below(node), "numeric")), number(1))
    low, high = call("floor", place), call("ceil", place)
    around = exp.WithinGroup(
        this=call("percentile_disc", exp.Array(expressions=[_ordinal(_listed(end)) for end in (low, high)])),
        expression=exp.Order(expressions=[ordered(column("x", "v"))]),
    )
    found = exp.select(aliased(around, "ends"), copy=False).from_(table("ranked", "v"), copy=False)
    first, second = (_value(end, index) for index, end in enumerate((low, high), 1))
    limit = plus(first, times(minus(second, first), minus(place, low)))
    beside = exp.Lateral(this=exp.Subquery(this=found), alias=exp.TableAlias(this=exp.to_identifier("found")))
    query = exp.select(aliased(limit, "limit_"), copy=False).from_(counts, copy=False)
    query = query.join(beside, join_type="cross", copy=False)
    return query.with_("ranked", as_=ranked, materialized=True, copy=False)


def _counts(*, zeros: bool) -> exp.Select:
    """One row: how many values are `listed`, how many of them are `below` 0, and how many `zeros` there are besides."""
    listed = cast(exp.Count(this=exp.Star()), "numeric")
    below, others = number(0), number(0)
    if zeros:
        below = filtered(exp.Count(this=exp.Star()), compared(column("x", "r"), "lt", number(0)))
        everybody = exp.select(exp.Count(this=exp.Star()), copy=False).from_(
            table("customers_customer", "p"), copy=False
        )
        others = minus(exp.Subquery(this=everybody), exp.Count(this=exp.Star()))
    columns = {"listed": listed, "below": cast(below, "numeric"), "zeros": cast(others, "numeric")}
    query = exp.select(*(aliased(made, name) for name, made in columns.items()), copy=False)
    return query.from_(table("ranked", "r"), copy=False)


def _listed(place: Expression) -> Expression:
    """The place among the listed values of a place among all: the zeros stand behind what is below 0."""
    below, zeros = column("below", "n"), column("zeros", "n")
    before = compared(place, "lte", below)
    beyond = compared(place, "gt", plus(below, zeros))
    return exp.Case().when(before, place, copy=False).when(beyond, minus(place, zeros), copy=False)


def _value(place: Expression, index: int) -> Expression:
    """The value at a place, which is one of the zeros or one of the two that were found in the list."""
    below, zeros = column("below", "n"), column("zeros", "n")
    among = exp.and_(compared(place, "gt", below), compared(place, "lte", plus(below, zeros)), copy=False)
    return when(among, cast(number(0), "numeric"), _element(column("ends", "found"), index))


def _ordinal(place: Expression) -> Expression:
    """The fraction that makes `percentile_disc` take the value at a place: half a place below, safe from rounding."""
    half_below = minus(place, cast(word("0.5"), "numeric"))
    whole = exp.Nullif(this=column("listed", "n"), expression=number(0))
    return cast(exp.Paren(this=exp.Div(this=half_below, expression=whole, typed=True)), "double precision")


def _element(array: Expression, index: int) -> Expression:
    return exp.Bracket(this=exp.Paren(this=array), expressions=[number(index)], offset=1)


def _values(scope: Everyone, value: Value) -> exp.Select:
    """Every customer's value, where there is one."""
    values = exp.select(aliased(value.number().plain(), "x"), copy=False).from_(
        table("customers_customer", PERSON), copy=False
    )
    values = scope.join_to(values)
    return _x_of(values).where(is_present(column("x", "a")), copy=False)


def _x_of(values: exp.Select) -> exp.Select:
    return exp.select(column("x", "a"), copy=False).from_(values.subquery("a", copy=False), copy=False)
