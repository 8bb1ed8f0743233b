"""The order traits as of an instant, from the table of orders: refunds netted, cancelled orders left out.

Tables with one row a customer: the sums, those of a year, the middle times between orders, and how many orders share a
category. The kept totals
(`customers/traits/totals.py`) stand in for all but those of a year where a customer has nothing ahead of the instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias

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
    equal,
    is_missing,
    lowered,
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
_ORDER, _KEPT = "o", "t"
_COLUMNS = ("orders", "revenue", "refunded", "first_at", "last_at")
_Count: TypeAlias = Callable[[Scope, Expression], exp.Select]
_GAPS = ("lower_gap", "upper_gap")
_MOST = "most_in_one_category"


def order_trait(key: str, scope: Scope, *, bare: bool = False) -> Value | None:
    """The trait of an order key; None for any other key. `bare` leaves a sum without orders missing, and not 0: where
    0 does not pass, the customers without orders need no row."""
    if key in _SUMS:
        return _sum_of(_SUMS[key], scope, bare=bare)
    maker = _TRAITS.get(key)
    return maker(scope) if maker is not None else None


def is_sum(key: str) -> bool:
    """Whether the trait is a sum, which is 0 for customers without orders."""
    return key in _SUMS


def sums_there_are(key: str, scope: Scope) -> exp.Select:
    """The values of a sum as rows `(customer_id, x)` of the customers with orders; all others have 0."""
    joined, name = _SUMS[key]
    values = scope.table_of(joined(scope)).subquery("v", copy=False)
    x = cast(column(name, "v"), "numeric")
    return exp.select(column("customer_id", "v"), aliased(x, "x"), copy=False).from_(values, copy=False)


def counting_orders(scope: Scope, *more: Expression) -> exp.Select:
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
            *more,
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
    """Orders, revenue, refunds, first and last: from the kept totals where these may be read."""
    if scope.totals:
        return scope.joined("order totals", lambda: _kept_or_counted(scope, (*_COLUMNS, *_GAPS), _summed_with_middles))
    return scope.shared("orders", lambda: _summed(counting_orders(scope)))


def _kept_or_counted(scope: Scope, names: Sequence[str], count: _Count) -> exp.Select:
    """The kept totals of whoever has nothing ahead of the instant, and the orders of the few others counted."""
    person, now = column("customer_id", _KEPT), scope.operands.ahead(timedelta())
    settled = compared(column("settled_at", _KEPT), "lte", now)
    some = compared(column("orders", _KEPT), "gt", number(0))
    kept = _kept(scope, *(column(name, _KEPT) for name in ("customer_id", *names)))
    others = _kept(scope, person).where(compared(column("settled_at", _KEPT), "gt", now), copy=False)
    ahead = exp.In(this=column("customer_id", _ORDER), query=exp.Subquery(this=others))
    both = exp.union(kept.where(settled, some, copy=False), count(scope, ahead), distinct=False, copy=False)
    return exp.select("*", copy=False).from_(both.subquery("either", copy=False), copy=False)


def _summed_with_middles(scope: Scope, ahead: Expression) -> exp.Select:
    sums = _summed(counting_orders(scope, ahead)).subquery("s", copy=False)
    middles = _middles(counting_orders(scope, ahead)).subquery("m", copy=False)
    names = [column("customer_id", "s"), *(column(name, "s") for name in _COLUMNS)]
    counted = exp.select(*names, *(column(name, "m") for name in _GAPS), copy=False).from_(sums, copy=False)
    on = equal(column("customer_id", "m"), column("customer_id", "s"))
    return counted.join(middles, on=on, join_type="left", copy=False)


def _kept(scope: Scope, *columns: Expression) -> exp.Select:
    query = exp.select(*columns, copy=False).from_(table("customers_ordertotal", _KEPT), copy=False)
    return query.where(*scope.theirs(column("customer_id", _KEPT)), copy=False)


def _summed(orders: exp.Select) -> exp.Select:
    revenue, at = column("revenue", _ORDER), column("ordered_at", _ORDER)
    return (
        exp.select(
            column("customer_id", _ORDER),
            aliased(exp.Count(this=exp.Star()), "orders"),
            aliased(exp.Sum(this=revenue), "revenue"),
            aliased(exp.Sum(this=column("refunded", _ORDER)), "refunded"),
            aliased(exp.Min(this=at), "first_at"),
            aliased(exp.Max(this=at), "last_at"),
            copy=False,
        )
        .from_(orders.subquery(_ORDER, copy=False), copy=False)
        .group_by(column("customer_id", _ORDER), copy=False)
    )


def _recent(scope: Scope) -> str:
    """Orders and revenue of a year, which passes without an event: nothing of it is kept."""

    def make() -> exp.Select:
        within = compared(column("ordered_at", _ORDER), "gt", scope.operands.ahead(-YEAR))
        return _summed(counting_orders(scope, within))

    return scope.shared("recent_orders", make)


def _cycles(scope: Scope) -> str:
    """The lower and the upper middle of a customer's gaps, in seconds: one and the same where their number is odd."""
    if scope.totals:
        return _sums(scope)
    return scope.shared("cycles", lambda: _middles(counting_orders(scope)))


def _middles(orders: exp.Select) -> exp.Select:
    person, gap = column("customer_id", "g"), column("gap", "g")
    names = (("lower_gap", False), ("upper_gap", True))
    middles = (aliased(_middle(gap, descending=upper), name) for name, upper in names)
    query = exp.select(person, *middles, copy=False).from_(_gaps(orders).subquery("g", copy=False), copy=False)
    # A gap of nothing is between orders at one instant, which count as one.
    return query.where(compared(gap, "gt", number(0)), copy=False).group_by(person, copy=False)


def _middle(gap: Expression, *, descending: bool) -> Expression:
    half = call("percentile_disc", cast(word("0.5"), "double precision"))
    order = exp.Order(expressions=[ordered(gap, descending=descending)])
    return exp.WithinGroup(this=half, expression=order)


def _gaps(orders: exp.Select) -> exp.Select:
    """The seconds from each order to the one before it."""
    person, at = column("customer_id", _ORDER), column("ordered_at", _ORDER)
    gap = exp.Extract(this=exp.var("epoch"), expression=minus(at, _over(call("lag", at), person, at)))
    query = exp.select(person, aliased(gap, "gap"), copy=False)
    return query.from_(orders.subquery(_ORDER, copy=False), copy=False)


def _over(function: Expression, partition: Expression, order: Expression | None = None) -> Expression:
    arranged = exp.Order(expressions=[ordered(order)]) if order is not None else None
    return exp.Window(this=function, partition_by=[partition], order=arranged)


def _alike(scope: Scope) -> str:
    """The number of orders in the category that most of a customer's orders have a line of."""
    if scope.totals:
        return scope.joined("orders alike", lambda: _kept_or_counted(scope, (_MOST,), _most_alike))
    return scope.shared("orders_alike", lambda: _most_alike(scope))


def _most_alike(scope: Scope, *more: Expression) -> exp.Select:
    """An order with two lines of one category counts once for it; who has no categories stands outside."""
    person, key, category = column("customer_id", _ORDER), column("id", _ORDER), column("category", "named")
    orders = counting_orders(scope, *more).select(key, column("categories", _ORDER), copy=False)
    named = exp.Table(
        this=call("unnest", column("categories", _ORDER)),
        alias=exp.TableAlias(this=exp.to_identifier("named"), columns=[exp.to_identifier("category")]),
    )
    counted = aliased(exp.Count(this=exp.Distinct(expressions=[key])), "orders")
    alike = exp.select(person, counted, copy=False).from_(orders.subquery(_ORDER, copy=False), copy=False)
    alike = alike.join(named, join_type="cross", copy=False).group_by(person, lowered(category), copy=False)
    person, most = column("customer_id", "a"), exp.Max(this=column("orders", "a"))
    query = exp.select(person, aliased(most, _MOST), copy=False).from_(alike.subquery("a", copy=False), copy=False)
    return query.group_by(person, copy=False)


def _sum_of(place: tuple[Callable[[Scope], str], str], scope: Scope, *, bare: bool) -> Value:
    joined, name = place
    summed = column(name, joined(scope))
    return Amount(Quotient(summed if bare else coalesce(summed, number(0))))


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
    both = plus(column("lower_gap", alias), column("upper_gap", alias))
    return Amount(Quotient(both, number(2 * SECONDS_A_DAY)))


# Sums that are 0 for customers without orders: the joined table and its column.
_SUMS: Mapping[str, tuple[Callable[[Scope], str], str]] = MappingProxyType(
    {
        "orders_ever": (_sums, "orders"),
        "orders_12_months": (_recent, "orders"),
        "revenue_ever": (_sums, "revenue"),
        "total_revenue": (_sums, "revenue"),
        "revenue_12_months": (_recent, "revenue"),
        "refunded_revenue": (_sums, "refunded"),
        "most_orders_in_one_category": (_alike, _MOST),
    }
)
_TRAITS: Mapping[str, Callable[[Scope], Value]] = MappingProxyType(
    {
        "average_order_value": _average,
        "first_order_at": _instant_of("first_at"),
        "last_order_at": _instant_of("last_at"),
        "days_since_last_order": _days_since_last,
        "purchase_cycle_days": _cycle,
    }
)
