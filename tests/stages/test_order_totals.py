"""Verb 1: what the orders of a customer come to is kept beside them, and is what counting them again would give."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest
from django.db import connection

from customers.erase import erase
from customers.models import Event, Merge, Order, OrderTotal
from customers.queries.profiles import order_traits_of
from customers.traits.totals import total_everyone
from customers.unmerge import unmerge
from tests.stages.arrivals import NOW, owner, send, track

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=2)
USERS = ("u1", "u2", "u3")
COLUMNS = [
    "orders",
    "revenue",
    "refunded",
    "first_at",
    "last_at",
    "lower_gap",
    "upper_gap",
    "settled_at",
    "most_in_one_category",
]
CATEGORIES = ("Shoes", "SHOES", "ŻÓŁTY", "żółty", "it's {odd}", "", 7, None, ["Shoes"], {"a": 1})


def kept() -> dict[int, tuple[Any, ...]]:
    return {row.customer_id: tuple(getattr(row, name) for name in COLUMNS) for row in OrderTotal.objects.all()}


def counted() -> dict[int, tuple[Any, ...]]:
    """The same in plain Python, from the orders of each customer."""
    placed = list(Order.objects.filter(ordered_at__isnull=False))
    return {
        who: _total([order for order in placed if order.customer_id == who]) for who in {o.customer_id for o in placed}
    }


def _total(orders: list[Order]) -> tuple[Any, ...]:
    refunded = {order.pk: sum((Decimal(str(one["amount"])) for one in order.refunds), Decimal(0)) for order in orders}
    counting = [order for order in orders if order.cancelled_at is None]
    moments = sorted({order.ordered_at for order in counting if order.ordered_at})
    gaps = sorted(Decimal((b - a) // timedelta(microseconds=1)) / 1_000_000 for a, b in pairwise(moments))
    instants = [datetime.fromisoformat(one["at"]) for order in orders for one in order.refunds]
    instants += [at for order in orders for at in (order.ordered_at, order.cancelled_at) if at]
    return (
        len(counting),
        sum((max(order.revenue - refunded[order.pk], Decimal(0)) for order in counting), Decimal(0)),
        sum((refunded[order.pk] for order in counting), Decimal(0)),
        min(moments, default=None),
        max(moments, default=None),
        gaps[(len(gaps) - 1) // 2] if gaps else None,
        gaps[len(gaps) // 2] if gaps else None,
        max(instants),
        max(_in_categories(counting).values(), default=0),
    )


def _in_categories(orders: list[Order]) -> Counter[str]:
    """How many of the orders have a line of each category, by the events that made them."""
    made = {event.message_id: event for event in Event.objects.filter(name__name="Order Completed", line=None)}
    found: Counter[str] = Counter()
    for order in orders:
        about = [
            event for event in made.values() if (event.customer_id, event.time) == (order.customer_id, order.ordered_at)
        ]
        first = min((event for event in about if _key(event) == order.key), key=lambda event: event.pk)
        lines = [line["category"] for line in first.properties.get("products", []) if isinstance(line, dict)]
        found.update({category.lower() for category in lines if isinstance(category, str)})
    return found


def _key(event: Event) -> str:
    return str(event.properties.get("order_id", f"message:{event.message_id}"))


class Arrivals:
    """Order events as chance has them: late ones, ones ahead of now, two at one instant, ids that come again."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def event(self) -> dict[str, Any]:
        name = self.chance.choice(["Order Completed"] * 4 + ["Order Refunded"] * 2 + ["Order Cancelled", "Page Viewed"])
        properties: dict[str, Any] = {"order_id": f"o{self.chance.randrange(12)}"}
        if name == "Order Completed" and self.chance.random() < 0.2:
            del properties["order_id"]
        if name == "Order Completed" or self.chance.random() < 0.6:
            properties["revenue"] = self.chance.choice([0, 20, 35.5, 49.999, "12.3", 0.0000000000001])
        if name == "Order Completed" and self.chance.random() < 0.8:
            several = self.chance.choices(CATEGORIES, k=self.chance.randrange(4))
            properties["products"] = [*({"price": 1, "category": category} for category in several), "no line"]
        at = NOW - timedelta(hours=self.chance.choice([-20, -1, 0, 1, 5, 5, 24, 24, 700, 9000]))
        return track(name, userId=self.chance.choice(USERS), timestamp=at.isoformat(), properties=properties)

    def step(self, number: int) -> None:
        send(*(self.event() for _ in range(self.chance.randrange(1, 6))))
        if number % 5 == 4:
            gone, into = self.chance.sample(USERS, 2)
            send({"type": "alias", "userId": into, "previousId": gone})
        elif number % 5 == 1 and (merge := Merge.objects.filter(undone_at=None).order_by("-pk").first()) is not None:
            unmerge(merge=merge, by="tests", now=NOW)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_arrivals_the_kept_totals_are_those_counted_again(seed: int) -> None:
    arrivals = Arrivals(seed)
    for number in range(20):
        arrivals.step(number)
        assert kept() == counted()
    before = kept()
    OrderTotal.objects.all().delete()
    total_everyone()
    assert kept() == before


def test_the_kept_totals_say_what_the_profile_says() -> None:
    arrivals = Arrivals(99)
    for _ in range(10):
        send(*(arrivals.event() for _ in range(5)))
    for row in OrderTotal.objects.select_related("customer"):
        traits = order_traits_of(row.customer, now=LATER)
        assert (row.orders, row.first_at) == (traits["orders_ever"], traits.get("first_order_at"))
        assert row.most_in_one_category == traits["most_orders_in_one_category"]
        assert float(row.revenue) == pytest.approx(traits["revenue_ever"])
        gaps = [gap for gap in (row.lower_gap, row.upper_gap) if gap is not None]
        assert ("purchase_cycle_days" in traits) is bool(gaps)
        if gaps:
            assert float(median(gaps) / 86_400) == pytest.approx(traits["purchase_cycle_days"], abs=1e-5)


def test_an_installation_that_has_events_gets_the_categories_of_its_orders() -> None:
    migration = import_module("customers.migrations.0010_orders_by_category")
    arrivals = Arrivals(7)
    for _ in range(30):
        send(*(arrivals.event() for _ in range(5)))
    before = kept(), dict(Order.objects.values_list("pk", "categories"))
    assert max(row[-1] for row in before[0].values()) > 2
    Order.objects.update(categories=[])
    OrderTotal.objects.update(most_in_one_category=0)
    with connection.cursor() as cursor:
        cursor.execute(migration.FILL)
        cursor.execute(migration.TOTAL)
    assert (kept(), dict(Order.objects.values_list("pk", "categories"))) == before


def test_who_never_ordered_has_no_totals_and_who_is_erased_leaves_none() -> None:
    refund = track("Order Refunded", userId="u1", properties={"order_id": "o1", "revenue": 5})
    send(refund, track("Page Viewed", userId="u1"))
    assert kept() == {}
    send(track("Order Completed", userId="u1", properties={"order_id": "o1", "revenue": 9}))
    assert [row.revenue for row in OrderTotal.objects.all()] == [4]
    erase(customer=owner("u1"), by="tests", now=NOW)
    assert kept() == {}
