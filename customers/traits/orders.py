"""Orders with what was refunded and cancelled of them: the table behind the order traits, kept by events in any order.

`Order Completed` makes an order; of two with one order id the earlier counts. Its revenue is the event's `revenue`,
else `total`, else `value`, else the sum of its lines, whose categories it keeps. `Order Cancelled` takes it away from the first cancellation on.
`Order Refunded` takes its `refund`, `revenue`, `total`, `value` or the sum of its lines off; one that names no amount
refunds the whole order. A refund or cancellation may come before its order; one that names no order is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from customers.tracking.lines import EXACT, ORDER_COMPLETED, categories_of, line_revenue
from customers.tracking.values import decode, encode, number_in
from customers.traits.totals import total_orders

ORDER_REFUNDED, ORDER_CANCELLED = "Order Refunded", "Order Cancelled"
ORDER_EVENTS = frozenset({ORDER_COMPLETED, ORDER_REFUNDED, ORDER_CANCELLED})
LARGEST_AMOUNT = Decimal(10) ** 18
LONGEST_ORDER_ID = 500

_LOCK = """
SELECT o.customer_id, o.key, o.ordered_at, o.revenue, o.cancelled_at, o.refunds::text, o.categories
FROM unnest(%s::bigint[], %s::text[]) AS n (customer_id, key)
JOIN customers_order o ON o.customer_id = n.customer_id AND o.key = n.key
"""

_WRITE = """
INSERT INTO customers_order (customer_id, key, ordered_at, revenue, cancelled_at, refunds, categories)
SELECT n.customer_id, n.key, n.ordered_at, n.revenue, n.cancelled_at, n.refunds,
       ARRAY(SELECT jsonb_array_elements_text(n.categories))
FROM unnest(
    %s::bigint[], %s::text[], %s::timestamptz[], %s::numeric[], %s::timestamptz[], %s::jsonb[], %s::jsonb[]
) AS n (customer_id, key, ordered_at, revenue, cancelled_at, refunds, categories)
ORDER BY 1, 2
ON CONFLICT (customer_id, key) DO UPDATE
SET ordered_at = excluded.ordered_at, revenue = excluded.revenue, cancelled_at = excluded.cancelled_at,
    refunds = excluded.refunds, categories = excluded.categories
"""

_EVENTS = """
SELECT e.customer_id, n.name, e.time, e.message_id, e.properties::text
FROM customers_event e JOIN customers_eventname n ON n.id = e.name_id
WHERE e.customer_id = ANY(%s) AND n.name = ANY(%s) ORDER BY e.id
"""


@dataclass(slots=True)
class OrderEvent:
    """One of the three order events of a customer."""

    customer: int
    name: str
    time: datetime
    message_id: str
    properties: dict[str, Any]


@dataclass(slots=True)
class _Folded:
    ordered_at: datetime | None = None
    revenue: Decimal = Decimal(0)
    cancelled_at: datetime | None = None
    refunds: list[dict[str, Any]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)


def fold(events: Sequence[OrderEvent]) -> None:
    """Fold order events into the orders of their customers, who are locked, and total these anew."""
    keyed = [(key, event) for event in events if (key := _key(event)) is not None]
    if not keyed:
        return
    orders = _stored({(event.customer, key) for key, event in keyed})
    for key, event in keyed:
        _fold_one(orders.setdefault((event.customer, key), _Folded()), event)
    _write(orders)
    total_orders({customer for customer, _ in orders})


def fold_again(customers: Collection[int]) -> None:
    """Make the orders of customers anew from their events, after a merge or its undoing."""
    if not customers:
        return
    with connection.cursor() as cursor:
        for table in ("customers_order", "customers_ordertotal"):
            cursor.execute(f"DELETE FROM {table} WHERE customer_id = ANY(%s)", [list(customers)])
        cursor.execute(_EVENTS, [list(customers), sorted(ORDER_EVENTS)])
        events = [
            OrderEvent(customer, name, time, message_id, decode(properties.encode()))
            for customer, name, time, message_id, properties in cursor.fetchall()
        ]
    fold(events)


def _key(event: OrderEvent) -> str | None:
    """The order that an event is about; an order without an id goes by its message."""
    order_id = event.properties.get("order_id")
    if isinstance(order_id, int) and not isinstance(order_id, bool):
        order_id = str(order_id)
    if isinstance(order_id, str) and 0 < len(order_id) <= LONGEST_ORDER_ID:
        return order_id
    return f"message:{event.message_id}"[:LONGEST_ORDER_ID] if event.name == ORDER_COMPLETED else None


def _fold_one(order: _Folded, event: OrderEvent) -> None:
    if event.name == ORDER_CANCELLED:
        order.cancelled_at = min(order.cancelled_at or event.time, event.time)
        return
    if event.name == ORDER_REFUNDED:
        amount = _amount(event.properties, ("refund", "revenue", "total", "value"))
        refund: dict[str, Any] = {"at": event.time.isoformat(), "amount": order.revenue if amount is None else amount}
        order.refunds.append(refund | ({"whole": True} if amount is None else {}))
        return
    if order.ordered_at is not None and event.time >= order.ordered_at:
        return
    order.ordered_at = event.time
    order.revenue = _amount(event.properties, ("revenue", "total", "value")) or Decimal(0)
    order.categories = categories_of(event.properties)
    for earlier in order.refunds:
        if earlier.get("whole"):
            earlier["amount"] = order.revenue


def _amount(properties: dict[str, Any], keys: Iterable[str]) -> Decimal | None:
    """The first of the properties that is a number, else the sum of the lines, None without any."""
    for key in keys:
        value = properties.get(key)
        amount = None if isinstance(value, str) else _within_reason(number_in(value))
        if amount is not None:
            return amount
    products = properties.get("products")
    if not isinstance(products, list):
        return None
    lines = [_within_reason(line_revenue(product)) for product in products if isinstance(product, dict)]
    amounts = [amount for amount in lines if amount is not None]
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return _within_reason(total) if amounts else None


def _within_reason(number: Decimal | int | None) -> Decimal | None:
    """A number as an amount of money that the table holds; None for more than all the money there is."""
    if number is None:
        return None
    amount = Decimal(number)
    return amount if abs(amount) < LARGEST_AMOUNT else None


def _stored(keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], _Folded]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[customer for customer, _ in keys], [key for _, key in keys]])
        return {
            (customer, key): _Folded(ordered_at, revenue, cancelled_at, decode(refunds.encode()), categories)
            for customer, key, ordered_at, revenue, cancelled_at, refunds, categories in cursor.fetchall()
        }


def _write(orders: dict[tuple[int, str], _Folded]) -> None:
    rows = list(orders.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                [customer for customer, _ in orders],
                [key for _, key in orders],
                [row.ordered_at for row in rows],
                [row.revenue for row in rows],
                [row.cancelled_at for row in rows],
                [encode(row.refunds) for row in rows],
                [encode(row.categories) for row in rows],
            ],
        )
