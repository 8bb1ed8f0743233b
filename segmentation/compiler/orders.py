"""The order traits as of an instant, from the table of orders: refunds netted, cancelled orders left out.

Two tables with one row a customer: the sums, and the median time between orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlglot import exp

from segmentation.compiler.scopes import Scope
from segmentation.compiler.sql import (
    Expression,
    aliased,
    any_of,
    call,
    cast,
    coalesce,
    column,
    compared,
    filtered,
    is_missing,
    minus,
    number,
    ordered,
    plus,
    table,
    word,
)
from segmentation.compiler.values import Amount, Plain, Quotient, Value

YEAR = timedelta(days=365)
SECONDS_A_DAY = 86_400
_ORDER = "o"


def order_trait(key: str, scope: Scope) -> Value | None:
    """The trait of an order key; None for any other key."""
    maker = _TRAITS.get(key)
    return maker(scope) if maker is not None else None


def counting_orders(scope: Scope) -> exp.Select:
    """Orders that count at the instant, with what is left of each after refunds, and what was refunded."""
    now = scope.operands.ahead(timedelta())
    refunded = coalesce(_refunded(scope), number(0))
    left = call("greatest", minus(column("revenue", _ORDER), refunded), number(0))
    return (
        exp.select(
            column("customer_id", _ORDER),
            column("ordered_at", _ORDER),
            aliased(left, "revenue"),
            aliased(refunded, "refunded"),
            copy=False,
        )
        .from_(table("customers_order", _ORDER), copy=False)
        .where(
            *scope.theirs(column("customer_id", _ORDER)),
            compared(column("ordered_at", _ORDER), "lte", now),
            any_of(
                [
                    is_missing(column("cancelled_at", _ORDER)),
                    compared(column("cancelled_at", _ORDER), "gt", now),
                ]
            ),
            copy=False,
        )
    )


def _refunded(scope: Scope) -> Expression:
    """What was refunded of an order up to the instant; no look into the list where it is empty."""
    refund = column("refund", "given")
    amount = cast(call("jsonb_object_field_text", refund, word("amount")), "numeric")
    at = cast(call("jsonb_object_field_text", refund, word("at")), "timestamptz")
    given = exp.Table(
        this=call("jsonb_array_elements", column("refunds", _ORDER)),
        alias=exp.TableAlias(this=exp.to_identifier("given"), columns=[exp.to_identifier("refund")]),
    )
    total = exp.select(exp.Sum(this=amount), copy=False).from_(given, copy=False)
    total = total.where(compared(at, "lte", scope.operands.ahead(timedelta())), copy=False)
    some = exp.NEQ(this=column("refunds", _ORDER), expression=cast(word("[]"), "jsonb"))
    return exp.Case().when(some, exp.Subquery(this=total), copy=False)


def _sums(scope: Scope) -> str:
    def make() -> exp.Select:
        recent = compared(column("ordered_at", _ORDER), "gt", scope.operands.ahead(-YEAR))
        revenue, at = column("revenue", _ORDER), column("ordered_at", _ORDER)
        return (
            exp.select(
                column("customer_id", _ORDER),
                aliased(exp.Count(this=exp.Star()), "orders"),
                aliased(exp.Sum(this=revenue), "revenue"),
                aliased(filtered(exp.Count(this=exp.Star()), recent), "recent_orders"),
                aliased(filtered(exp.Sum(this=revenue), recent), "recent_revenue"),
                aliased(exp.Sum(this=column("refunded", _ORDER)), "refunded"),
                aliased(exp.Min(this=at), "first_at"),
                aliased(exp.Max(this=at), "last_at"),
                copy=False,
            )
            .from_(counting_orders(scope).subquery(_ORDER, copy=False), copy=False)
            .group_by(column("customer_id", _ORDER), copy=False)
        )

    return scope.shared("orders", make)


def _cycles(scope: Scope) -> str:
    """The lower and the upper middle of a customer's gaps, in seconds: one and the same where their number is odd."""

    def make() -> exp.Select:
        person, gap = column("customer_id", "g"), column("gap", "g")
        middles = (aliased(_middle(gap, descending=upper), name) for name, upper in (("lower", False), ("upper", True)))
        query = exp.select(person, *middles, copy=False).from_(_gaps(scope).subquery("g", copy=False), copy=False)
        # A gap of nothing is between orders at one instant, which count as one.
        return query.where(compared(gap, "gt", number(0)), copy=False).group_by(person, copy=False)

    return scope.shared("cycles", make)


def _middle(gap: Expression, *, descending: bool) -> Expression:
    half = call("percentile_disc", cast(word("0.5"), "double precision"))
    order = exp.Order(expressions=[ordered(gap, descending=descending)])
    return exp.WithinGroup(this=half, expression=order)


def _gaps(scope: Scope) -> exp.Select:
    """The seconds from each order to the one before it."""
    person, at = column("customer_id", _ORDER), column("ordered_at", _ORDER)
    gap = exp.Extract(this=exp.var("epoch"), expression=minus(at, _over(call("lag", at), person, at)))
    query = exp.select(person, aliased(gap, "gap"), copy=False)
    return query.from_(counting_orders(scope).subquery(_ORDER, copy=False), copy=False)


def _over(function: Expression, partition: Expression, order: Expression | None = None) -> Expression:
    arranged = exp.Order(expressions=[ordered(order)]) if order is not None else None
    return exp.Window(this=function, partition_by=[partition], order=arranged)


def _sum_of(name: str) -> Callable[[Scope], Value]:
    """A sum that is 0 for customers without orders."""
    return lambda scope: Amount(Quotient(coalesce(column(name, _sums(scope)), number(0))))


def _average(scope: Scope) -> Value:
    alias = _sums(scope)
    return Amount(Quotient(column("revenue", alias), cast(column("orders", alias), "numeric")))


def _instant_of(name: str) -> Callable[[Scope], Value]:
    return lambda scope: Plain(column(name, _sums(scope)), "instant")


def _days_since_last(scope: Scope) -> Value:
    """Full days of 24 hours."""
    passed = minus(scope.operands.ahead(timedelta()), column("last_at", _sums(scope)))
    seconds = exp.Extract(this=exp.var("epoch"), expression=passed)
    return Amount(Quotient(call("floor", exp.Div(this=seconds, expression=number(SECONDS_A_DAY), typed=True))))


def _cycle(scope: Scope) -> Value:
    alias = _cycles(scope)
    both = plus(column("lower", alias), column("upper", alias))
    return Amount(Quotient(both, number(2 * SECONDS_A_DAY)))


_TRAITS: Mapping[str, Callable[[Scope], Value]] = MappingProxyType(
    {
        "orders_ever": _sum_of("orders"),
        "orders_12_months": _sum_of("recent_orders"),
        "revenue_ever": _sum_of("revenue"),
        "total_revenue": _sum_of("revenue"),
        "revenue_12_months": _sum_of("recent_revenue"),
        "refunded_revenue": _sum_of("refunded"),
        "average_order_value": _average,
        "first_order_at": _instant_of("first_at"),
        "last_order_at": _instant_of("last_at"),
        "days_since_last_order": _days_since_last,
        "purchase_cycle_days": _cycle,
    }
)
