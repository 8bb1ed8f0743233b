"""How each order trait of one customer comes about: the orders that count at an instant, and the sum that was made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.models import Customer, Order
from customers.queries.profiles import counts, netted, order_traits_of

SHOWN = 100


@dataclass(frozen=True)
class Computed:
    """One trait with its value, its kind (number, money, days, moment), and the sentence that says how it was made."""

    key: str
    label: str
    kind: str
    value: Any
    how: str


@dataclass(frozen=True)
class Counted:
    """One order: what it was worth, what was refunded, and why it does not count; an empty reason where it does."""

    key: str
    at: datetime | None
    revenue: Decimal
    refunded: Decimal
    reason: str


@dataclass(frozen=True)
class Explained:
    """The traits as of an instant, the orders behind them (the latest first, at most a hundred), and how many there are."""

    at: datetime
    traits: Sequence[Computed]
    orders: Sequence[Counted]
    total: int


LABELS: Mapping[str, tuple[str, str]] = {
    "orders_ever": ("Orders, ever", "number"),
    "orders_12_months": ("Orders, 12 months", "number"),
    "revenue_ever": ("Revenue, ever", "money"),
    "revenue_12_months": ("Revenue, 12 months", "money"),
    "average_order_value": ("Average order", "money"),
    "refunded_revenue": ("Refunded", "money"),
    "first_order_at": ("First order", "moment"),
    "last_order_at": ("Last order", "moment"),
    "days_since_last_order": ("Days since the last order", "number"),
    "purchase_cycle_days": ("Buys every", "days"),
    "most_orders_in_one_category": ("Most orders in one category", "number"),
}

HOW: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "orders_ever": lambda t: f"{t['placed']:,} orders, less {t['left']:,} that do not count",
    "orders_12_months": lambda t: f"those of the {t['orders_ever']:,} placed in the last 365 days",
    "revenue_ever": lambda t: f"the revenue of {t['orders_ever']:,} orders, each after its refunds",
    "revenue_12_months": lambda t: f"the same over the {t['orders_12_months']:,} orders of the last 365 days",
    "average_order_value": lambda t: f"{t['revenue_ever']:,} / {t['orders_ever']:,}",
    "refunded_revenue": lambda t: f"refunds of the {t['orders_ever']:,} orders up to now",
    "first_order_at": lambda t: "the earliest order that counts",
    "last_order_at": lambda t: "the latest order that counts",
    "days_since_last_order": lambda t: "full days from the latest order that counts to now",
    "purchase_cycle_days": lambda t: "the median of the days between one order and the next",
    "most_orders_in_one_category": lambda t: (
        f"those of the {t['orders_ever']:,} orders with a line of the same category"
    ),
}


def explained(customer: Customer, *, now: datetime) -> Explained:
    """The order traits of a customer with how each was computed."""
    traits = order_traits_of(customer, now=now)
    orders = [_counted(order, now) for order in Order.objects.filter(customer=customer).order_by("-ordered_at", "-key")]
    orders.sort(key=lambda order: order.at is None)
    numbers = traits | {"placed": len(orders), "left": sum(bool(order.reason) for order in orders)}
    found = [
        Computed(key, label, kind, traits[key], HOW[key](numbers))
        for key, (label, kind) in LABELS.items()
        if key in traits
    ]
    return Explained(now, found, orders[:SHOWN], len(orders))


def _counted(order: Order, now: datetime) -> Counted:
    if order.ordered_at is None:
        return Counted(order.key, None, order.revenue, Decimal(0), "only refunded or cancelled so far")
    _, _, refunded = netted(order, now)
    reason = ""
    if not counts(order, now):
        reason = "placed later than now" if order.ordered_at > now else "cancelled"
    return Counted(order.key, order.ordered_at, order.revenue, refunded, reason)
