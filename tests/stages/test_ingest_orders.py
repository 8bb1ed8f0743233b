"""Verb 1: orders with what was refunded and cancelled of them, whatever comes first; consents likewise."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from customers.models import Consent, ConsentChange, Order
from customers.queries.profiles import order_traits_of
from tests.stages.arrivals import NOW, causes_of, identify, owner, send, track

pytestmark = pytest.mark.django_db


def day(number: int) -> str:
    return (NOW - timedelta(days=10 - number)).isoformat()


def completed(order: str, number: int, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", timestamp=day(number), properties={"order_id": order, **properties})


STORY = [
    completed("o1", 1, revenue=100),
    track("Order Refunded", timestamp=day(2), properties={"order_id": "o1", "total": "30.5"}),
    completed("o2", 3, total=50),
    track("Order Cancelled", timestamp=day(4), properties={"order_id": "o2"}),
]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_orders_come_out_the_same_in_any_order_of_arrival(order: tuple[int, ...]) -> None:
    for place in order:
        send(STORY[place])
    traits = order_traits_of(owner("u1"), now=NOW)
    assert (traits["orders_ever"], traits["revenue_ever"], traits["refunded_revenue"]) == (1, 69.5, 30.5)
    then = order_traits_of(owner("u1"), now=datetime.fromisoformat(day(3)))
    assert (then["orders_ever"], then["revenue_ever"]) == (2, 119.5)


def test_revenue_falls_back_to_total_then_value_then_the_lines() -> None:
    lines = [{"price": 2, "quantity": 2}, {"price": "0.1"}, {"price": "?"}]
    send(completed("o1", 1, total=7, value=8), completed("o2", 1, value=8), completed("o3", 1, products=lines))
    send(completed("o4", 1), completed("o5", 1, revenue="many", total=3))
    revenue = dict(Order.objects.values_list("key", "revenue"))
    assert revenue == {"o1": 7, "o2": 8, "o3": Decimal("4.1"), "o4": 0, "o5": 3}


def test_a_refund_that_names_no_amount_refunds_the_whole_order_even_before_it() -> None:
    send(track("Order Refunded", timestamp=day(2), properties={"order_id": "o1"}))
    send(completed("o1", 1, revenue=40))
    traits = order_traits_of(owner("u1"), now=NOW)
    assert (traits["orders_ever"], traits["revenue_ever"], traits["refunded_revenue"]) == (1, 0, 40)


def test_of_two_orders_with_one_id_the_earlier_counts() -> None:
    send(completed("o1", 5, revenue=50))
    send(completed("o1", 3, revenue=30))
    send(completed("o1", 4, revenue=40))
    assert [row.revenue for row in Order.objects.all()] == [30]


def test_an_order_without_an_id_goes_by_its_message() -> None:
    send(track("Order Completed", messageId="m1", properties={"revenue": 1}))
    send(track("Order Completed", messageId="m2", properties={"revenue": 2, "order_id": ""}))
    assert sorted(Order.objects.values_list("key", flat=True)) == ["message:m1", "message:m2"]


def test_an_absurd_amount_is_no_revenue() -> None:
    assert send(completed("o1", 1, revenue=10**25)).accepted == 1
    assert Order.objects.get().revenue == 0


def test_the_cycle_is_the_median_gap() -> None:
    send(*(completed(f"o{number}", number, revenue=10) for number in (0, 2, 8)))
    traits = order_traits_of(owner("u1"), now=NOW)
    assert traits["purchase_cycle_days"] == 4
    assert traits["days_since_last_order"] == 2
    assert traits["average_order_value"] == 10
    assert "order_traits" not in traits


def test_subscribing_and_unsubscribing_change_the_consent_and_keep_the_proof() -> None:
    send(track("Subscribed", messageId="m1", timestamp=day(1), properties={"channel": "SMS"}))
    send(track("Unsubscribed", messageId="m2", timestamp=day(2)))
    consents = dict(Consent.objects.filter(customer=owner("u1")).values_list("channel", "state"))
    assert consents == {"sms": "subscribed", "email": "unsubscribed"}
    proof = ConsentChange.objects.get(channel="email").proof
    assert proof == {"source": "web", "message_id": "m2", "call": "Unsubscribed"}
    assert causes_of(owner("u1"))["consent:email"]["id"] == "m2"


def test_a_late_consent_does_not_undo_a_newer_one() -> None:
    send(track("Unsubscribed", timestamp=day(5)))
    send(track("Subscribed", timestamp=day(1)))
    assert Consent.objects.get().state == "unsubscribed"
    assert ConsentChange.objects.count() == 2


def test_consent_in_the_context_is_kept_when_it_says_something_new() -> None:
    context = {"consent": {"channels": {"email": True, "push": "unsubscribed"}}}
    send(identify({}, context=context), track("A", context=context), track("B", context=context))
    assert dict(Consent.objects.values_list("channel", "state")) == {"email": "subscribed", "push": "unsubscribed"}
    assert ConsentChange.objects.count() == 2
