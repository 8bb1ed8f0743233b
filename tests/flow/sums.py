"""What is kept beside the events is what the events come to: running totals, orders and what orders come to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from customers.models import Event, EventTotal, Order, OrderTotal
from customers.traits.totals import total_everyone
from tests.flow.stored import stored_world
from tests.reference import orders
from tests.reference.world import ORDER_COMPLETED, Customer, with_lines


def assert_kept_in_step() -> None:
    _running_totals()
    _order_totals()
    for customer in stored_world().customers:
        _orders(customer)
        _lines(customer)


def _running_totals() -> None:
    times: dict[tuple[int, int], list[Any]] = {}
    for customer, name, time in Event.objects.values_list("customer_id", "name_id", "time"):
        times.setdefault((customer, name), []).append(time)
    found = {(row.customer_id, row.name_id): (row.count, row.first_at, row.last_at) for row in EventTotal.objects.all()}
    assert found == {key: (len(all_), min(all_), max(all_)) for key, all_ in times.items()}


def _order_totals() -> None:
    stored = list(OrderTotal.objects.order_by("pk").values())
    OrderTotal.objects.all().delete()
    total_everyone()
    assert stored == list(OrderTotal.objects.order_by("pk").values())


def _orders(customer: Customer) -> None:
    """The orders by the reference's reading of the events."""
    received = [event for event in customer.events if event.line is None]
    expected: Counter[Any] = Counter()
    for key, placed in orders._placed(received).items():
        about = [event for event in received if isinstance(key, str) and orders._order_id(event) == key]
        revenue = orders._amount(placed, ("revenue", "total", "value")) or Fraction(0)
        cancelled = min((event.time for event in about if event.name == "Order Cancelled"), default=None)
        refunds = [(event.time, _refunded(event, revenue)) for event in about if event.name == "Order Refunded"]
        expected[key if isinstance(key, str) else None, placed.time, revenue, cancelled, tuple(sorted(refunds))] += 1
    found: Counter[Any] = Counter()
    for row in Order.objects.filter(customer=int(customer.id), ordered_at__isnull=False):
        refunds = [(datetime.fromisoformat(one["at"]), Fraction(Decimal(repr(one["amount"])))) for one in row.refunds]
        key = None if row.key.startswith("message:") else row.key
        found[key, row.ordered_at, Fraction(row.revenue), row.cancelled_at, tuple(sorted(refunds))] += 1
    assert found == expected


def _refunded(event: Any, revenue: Fraction) -> Fraction:
    named = orders._amount(event, ("refund", "revenue", "total", "value"))
    return revenue if named is None else named


def _lines(customer: Customer) -> None:
    """Every order has its lines, and no line stands alone."""
    placed = [event for event in customer.events if event.name == ORDER_COMPLETED and event.line is None]
    expected = Counter((line.time, line.line) for line in with_lines(placed) if line.line is not None)
    assert Counter((e.time, e.line) for e in customer.events if e.line is not None) == expected
