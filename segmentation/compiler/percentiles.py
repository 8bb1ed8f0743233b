"""The threshold of a share of all customers, exact to the decimal: the continuous percentile by linear interpolation.

PostgreSQL's own `percentile_cont` counts in binary floats. Here the two values around the place are taken as
they are, and only the way between them is computed, in decimals.
"""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from segmentation.compiler.scopes import PERSON, Everyone
from segmentation.compiler.sql import (
    Expression,
    aliased,
    call,
    cast,
    column,
    is_present,
    minus,
    number,
    ordered,
    plus,
    table,
    times,
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

    `value` is the attribute of the customers of `scope`, which belongs to this query alone.
    """
    place = plus(
        times(minus(column("many", "n"), number(1)), scope.parameters.add(share_below(node), "numeric")), number(1)
    )
    low, high = call("floor", place), call("ceil", place)
    ends = [_ordinal(end, column("many", "n")) for end in (low, high)]
    around = exp.WithinGroup(
        this=call("percentile_disc", exp.Array(expressions=ends)),
        expression=exp.Order(expressions=[ordered(column("x", "v"))]),
    )
    found = exp.select(aliased(around, "ends"), copy=False).from_(table("ranked", "v"), copy=False)
    first, second = (_element(column("ends", "found"), index) for index in (1, 2))
    rest = minus(place, low)
    limit = plus(first, times(minus(second, first), rest))
    many = exp.select(aliased(cast(exp.Count(this=exp.Star()), "numeric"), "many"), copy=False)
    many = many.from_(table("ranked", "r"), copy=False)
    beside = exp.Lateral(this=exp.Subquery(this=found), alias=exp.TableAlias(this=exp.to_identifier("found")))
    query = exp.select(aliased(limit, "limit_"), copy=False).from_(many.subquery("n", copy=False), copy=False)
    query = query.join(beside, join_type="cross", copy=False)
    return query.with_("ranked", as_=_values(scope, value), materialized=True, copy=False)


def _ordinal(place: Expression, many: Expression) -> Expression:
    """The fraction that makes `percentile_disc` take the value at a place: half a place below, safe from rounding."""
    half_below = minus(place, cast(word("0.5"), "numeric"))
    whole = exp.Nullif(this=many, expression=number(0))
    return cast(exp.Paren(this=exp.Div(this=half_below, expression=whole, typed=True)), "double precision")


def _element(array: Expression, index: int) -> Expression:
    return exp.Bracket(this=exp.Paren(this=array), expressions=[number(index)], offset=1)


def _values(scope: Everyone, value: Value) -> exp.Select:
    """Every customer's value, where there is one."""
    values = exp.select(aliased(value.number().plain(), "x"), copy=False).from_(
        table("customers_customer", PERSON), copy=False
    )
    values = scope.join_to(values)
    x: Expression = column("x", "a")
    query = exp.select(x, copy=False).from_(values.subquery("a", copy=False), copy=False)
    return query.where(is_present(x), copy=False)
