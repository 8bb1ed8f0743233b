"""Verb 2: what changed is marked, once a customer, with the first cause of each change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.mark import mark
from customers.models import Customer, DirtyCustomer
from customers.traits.orders import ORDER_EVENTS
from segmentation.rules.catalogue import ORDER_TRAITS
from segmentation.rules.dependencies import FOLLOWS_FROM
from tests.stages.arrivals import NOW, causes_of, identify, owner, send, track

pytestmark = pytest.mark.django_db


def clean() -> None:
    DirtyCustomer.objects.all().delete()


def test_a_new_customer_is_looked_at_whole() -> None:
    send(track("A", messageId="m1"))
    assert {"everything", "event:A", "attribute:last_seen_at"} <= causes_of(owner("u1")).keys()


def test_an_event_marks_its_name_and_when_the_customer_was_seen() -> None:
    send(track("A", messageId="m1"))
    clean()
    send(track("B", messageId="m2"), at=NOW + timedelta(minutes=1))
    causes = causes_of(owner("u1"))
    assert causes.keys() == {"event:B", "attribute:last_seen_at"}
    at = (NOW + timedelta(minutes=1)).isoformat()
    assert causes["event:B"] == {"kind": "event", "id": "m2", "detail": "B", "at": at}


def test_a_late_event_does_not_touch_when_the_customer_was_last_seen() -> None:
    send(track("A", messageId="m1", timestamp="2025-01-01T00:00:00Z"), track("A", messageId="m2"))
    clean()
    send(track("B", messageId="m3", timestamp="2025-06-01T00:00:00Z"))
    assert causes_of(owner("u1")).keys() == {"event:B"}


def test_an_order_marks_its_name_and_that_of_its_lines() -> None:
    send(track("A", messageId="m1"))
    clean()
    send(track("Order Completed", messageId="m2", properties={"products": [{"price": 1}]}))
    marked = causes_of(owner("u1")).keys()
    assert marked == {"event:Order Completed", "event:Product Ordered"}


def test_whoever_reads_an_order_trait_reads_the_order_events() -> None:
    events = {f"event:{name}" for name in ORDER_EVENTS}
    assert all(events <= set(FOLLOWS_FROM[key]) for key in ORDER_TRAITS)


def test_only_attributes_that_changed_are_marked() -> None:
    send(identify({"plan": "pro", "city": "Ulm", "birthday": "1990-01-01"}))
    clean()
    send(identify({"plan": "pro", "city": "Bonn", "birthday": "1991-01-01", "email": "a@example.com"}, messageId="m"))
    causes = causes_of(owner("u1"))
    assert causes.keys() == {
        "attribute:city",
        "attribute:birthday",
        "attribute:age",
        "attribute:email",
        "attribute:known",
        "consent:email",
    }
    assert (causes["attribute:city"]["kind"], causes["attribute:city"]["id"]) == ("attribute", "m")


def test_a_second_mark_raises_the_generation_and_keeps_the_first_cause() -> None:
    customer = Customer.objects.create(updated_at=NOW)
    first = {"kind": "event", "id": "1", "detail": "A", "at": NOW.isoformat()}
    mark(causes={customer.pk: {"event:A": first}}, now=NOW)
    later = NOW + timedelta(minutes=5)
    mark(causes={customer.pk: {"event:A": {**first, "id": "2"}, "event:B": first}}, now=later)
    row = DirtyCustomer.objects.get()
    assert (row.generation, row.marked_at, row.last_marked_at) == (2, NOW, later)
    assert row.causes == {"event:A": first, "event:B": first}


def test_nothing_is_marked_for_nothing_or_for_customers_who_are_gone() -> None:
    cause = {"kind": "clock", "id": "", "detail": "", "at": NOW.isoformat()}
    mark(causes={}, now=NOW)
    mark(causes={10**9: {"clock:vip": cause}}, now=NOW)
    assert not DirtyCustomer.objects.exists()
