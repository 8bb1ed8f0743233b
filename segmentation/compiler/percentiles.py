"""The threshold of a share of all customers, exact to the decimal: the continuous percentile by linear interpolation.

PostgreSQL's own `percentile_cont` counts in binary floats. Here the two values around the place are taken by their
row numbers.
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
    equal,
    filtered,
    is_present,
    minus,
    number,
    ordered,
    plus,
    table,
    times,
)
from segmentation.compiler.values import Value
from segmentation.rules.nodes import Percentile


def share_below(node: Percentile) -> Decimal:
    """The share of all values that lies below the threshold: 0.8 for the top 20 and for the bottom 80."""
    percent = 100 - node.percent if node.side == "top" else node.percent
    return percent / 100


def threshold(node: Percentile, scope: Everyone, value: Value) -> exp.Select:
    """A query of one number: the threshold over the values of all customers; NULL where nobody has one.

    `value` is the attribute of the customers of `scope`, which belongs to this query alone.
    """
    ranked = _ranked(scope, value)
    place = plus(
        times(minus(column("many", "r"), number(1)), scope.parameters.add(share_below(node), "numeric")), number(1)
    )
    low = equal(column("place", "r"), call("floor", place))
    high = equal(column("place", "r"), call("ceil", place.copy()))
    lower = filtered(exp.Max(this=column("x", "r")), low)
    upper = filtered(exp.Max(this=column("x", "r")), high)
    rest = exp.Max(this=minus(place.copy(), call("floor", place.copy())))
    limit = plus(lower, times(minus(upper, lower.copy()), rest))
    query = exp.select(aliased(limit, "limit_"), copy=False)
    return query.from_(ranked.subquery("r", copy=False), copy=False)


def _ranked(scope: Everyone, value: Value) -> exp.Select:
    """Every customer's value with its place among all, from 1, and how many there are."""
    values = exp.select(aliased(value.number().plain(), "x"), copy=False).from_(
        table("customers_customer", PERSON), copy=False
    )
    values = scope.join_to(values)
    x: Expression = column("x", "a")
    place = exp.Window(this=call("row_number"), order=exp.Order(expressions=[ordered(x)]))
    many = exp.Window(this=exp.Count(this=exp.Star()))
    query = exp.select(
        x.copy(),
        aliased(cast(place, "numeric"), "place"),
        aliased(cast(many, "numeric"), "many"),
        copy=False,
    )
    return query.from_(values.subquery("a", copy=False), copy=False).where(is_present(x.copy()), copy=False)
