"""The threshold of one percentile condition as a statement of its own, for those that are stored."""

from __future__ import annotations

from sqlglot import exp

from segmentation.compiler import percentiles
from segmentation.compiler.conditions import Conditions
from segmentation.compiler.select import everyone, shape
from segmentation.compiler.sql import Expression, call, cast, column, compared, minus, number, plus, when, word
from segmentation.compiler.statement import Moment, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Percentile

# What the column of stored thresholds keeps.
PLACES = 20


def threshold(node: Percentile, surroundings: Surroundings) -> Statement:
    """One row of one number, to 20 places: the threshold over all customers at the instant; NULL where nobody has the
    value. It is rounded towards those that it leaves out: the other way it could let the next one in."""
    scope = everyone(shape(surroundings))
    exact = percentiles.threshold(node, scope, Conditions(scope).value(node.key))
    query = exp.select(_rounded(column("limit_", "exact"), up=node.side == "top"), copy=False)
    return finished(query.from_(exact.subquery("exact", copy=False), copy=False), scope.parameters).bind(
        Moment(surroundings)
    )


def exact_threshold(node: Percentile, surroundings: Surroundings) -> Statement:
    """The same with all its places, for statements about the same instant."""
    scope = everyone(shape(surroundings))
    exact = percentiles.threshold(node, scope, Conditions(scope).value(node.key))
    return finished(exact, scope.parameters).bind(Moment(surroundings))


def _rounded(limit: Expression, *, up: bool) -> Expression:
    cut = call("trunc", limit, number(PLACES))
    least = cast(word("0." + "0" * (PLACES - 1) + "1"), "numeric")
    if up:
        return when(compared(cut, "lt", limit), plus(cut, least), cut)
    return when(compared(cut, "gt", limit), minus(cut, least), cut)
