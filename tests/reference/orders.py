"""The order traits of one customer at an instant, by brute force over the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from tests.reference.values import as_number, lowered
from tests.reference.world import Customer, Event, line_revenue

YEAR = timedelta(days=365)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Order:
    """An order that counts, with its revenue after refunds and what was refunded of it."""

    at: datetime
    revenue: Fraction
    refunded: Fraction
    categories: frozenset[str]


def order_traits(customer: Customer, now: datetime) -> dict[str, Any]:
    """Every order trait that has a value."""
    orders = orders_of(customer, now)
    recent = [order for order in orders if order.at > now - YEAR]
    revenue = sum((order.revenue for order in orders), Fraction(0))
    traits: dict[str, Any] = {
        "orders_ever": Fraction(len(orders)),
        "orders_12_months": Fraction(len(recent)),
        "revenue_ever": revenue,
        "total_revenue": revenue,
        "revenue_12_months": sum((order.revenue for order in recent), Fraction(0)),
        "refunded_revenue": sum((order.refunded for order in orders), Fraction(0)),
        "most_orders_in_one_category": Fraction(most_alike(orders)),
    }
    if orders:
        moments = sorted({order.at for order in orders})
        traits["average_order_value"] = revenue / len(orders)
        traits["first_order_at"] = moments[0]
        traits["last_order_at"] = moments[-1]
        traits["days_since_last_order"] = Fraction((now - moments[-1]) // DAY)
        gaps = [_microseconds(later - earlier) for earlier, later in pairwise(moments)]
        if gaps:
            traits["purchase_cycle_days"] = Fraction(median(gaps)) / _microseconds(DAY)
    return traits


def orders_of(customer: Customer, now: datetime) -> list[Order]:
    """The orders that were placed and not cancelled up to the instant, one an order id."""
    seen = [event for event in customer.events if event.time <= now and event.line is None]
    found = []
    for key, placed in _placed(seen).items():
        about = [event for event in seen if _order_id(event) == key and key is not None]
        if any(event.name == "Order Cancelled" for event in about):
            continue
        amount = _amount(placed, ("revenue", "total", "value"))
        revenue = Fraction(0) if amount is None else amount
        refunded = Fraction(0)
        for event in about:
            if event.name == "Order Refunded":
                named = _amount(event, ("refund", "revenue", "total", "value"))
                refunded += revenue if named is None else named
        found.append(Order(placed.time, max(revenue - refunded, Fraction(0)), refunded, _categories(placed)))
    return found


def most_alike(orders: list[Order]) -> int:
    """The largest number of orders that have one category in common."""
    named = {category for order in orders for category in order.categories}
    return max((sum(category in order.categories for order in orders) for category in named), default=0)


def written(placed: Event) -> list[str]:
    """The categories of an order's lines as they came."""
    products = placed.properties.get("products")
    lines = [line for line in products if isinstance(line, dict)] if isinstance(products, list) else []
    return [line["category"] for line in lines if isinstance(line.get("category"), str)]


def _categories(placed: Event) -> frozenset[str]:
    return frozenset(lowered(category) for category in written(placed))


def _placed(events: list[Event]) -> dict[Any, Event]:
    """Of the orders with one id, the earliest; an order without an id stands for itself."""
    placed: dict[Any, Event] = {}
    for event in sorted(events, key=lambda e: (e.time, e.received)):
        if event.name == "Order Completed":
            key = _order_id(event)
            placed.setdefault(("message", event.received) if key is None else key, event)
    return placed


def _order_id(event: Event) -> str | None:
    """A text that is not empty, or a whole number as text."""
    order_id = event.properties.get("order_id")
    if isinstance(order_id, int) and not isinstance(order_id, bool):
        return str(order_id)
    return order_id if isinstance(order_id, str) and order_id else None


def _amount(event: Event, keys: tuple[str, ...]) -> Fraction | None:
    """The first of the properties that is a number, else the sum of the lines, None without any."""
    for key in keys:
        number = as_number(event.properties.get(key))
        if number is not None:
            return number
    products = event.properties.get("products")
    lines = [line_revenue(p) for p in products if isinstance(p, dict)] if isinstance(products, list) else []
    numbers = [as_number(line) for line in lines if line is not None]
    return sum((number for number in numbers if number is not None), Fraction(0)) if numbers else None


def _microseconds(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1))
