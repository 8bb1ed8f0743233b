"""Verb 1: events come in once, are kept exactly, and what cannot be taken is kept with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from customers.ingest import ingest
from customers.models import (
    CatalogueAttribute,
    CatalogueProperty,
    Customer,
    DirtyCustomer,
    Event,
    EventName,
    EventTotal,
    Receipt,
    RejectedInput,
)
from customers.tracking.values import decode
from tests.stages.arrivals import NOW, identify, names_of, owner, properties_text, send, track, web

pytestmark = pytest.mark.django_db


def test_a_message_counts_once_whether_it_comes_again_in_the_same_batch_or_another() -> None:
    once = track("Product Viewed", messageId="m1")
    first = send(once, once)
    again = send(once, track("Product Viewed", messageId="m2"), at=NOW + timedelta(days=400))
    assert (first.accepted, first.duplicates) == (1, 1)
    assert (again.accepted, again.duplicates) == (1, 1)
    assert EventTotal.objects.get(customer=owner("u1")).count == 2
    assert Event.objects.filter(customer=owner("u1")).count() == 2


def test_a_second_run_of_the_same_calls_writes_nothing() -> None:
    calls = [track("Order Completed", messageId="m1", properties={"order_id": "o", "products": [{"price": 1}]})]
    calls.append(identify({"email": "a@example.com"}, messageId="m2"))
    send(*calls)
    DirtyCustomer.objects.all().delete()
    before = [model.objects.count() for model in (Event, Receipt, Customer, EventTotal)]
    assert send(*calls, at=NOW + timedelta(hours=1)).accepted == 0
    assert [model.objects.count() for model in (Event, Receipt, Customer, EventTotal)] == before
    assert not DirtyCustomer.objects.exists()


def test_a_message_without_an_id_gets_one_from_its_content() -> None:
    call = track("Product Viewed", properties={"a": 1, "b": 2}, sentAt="2026-03-01T12:00:00Z")
    turned = track("Product Viewed", properties={"b": 2, "a": 1}, sentAt="2026-03-01T12:00:01Z")
    other = track("Product Viewed", properties={"a": 1, "b": 3})
    assert send(call, turned, other).accepted == 2


def test_a_refused_message_may_come_again_corrected() -> None:
    wrong = track("", messageId="m1")
    assert send(wrong).rejected[0].reason == "event: give the event's name as text."
    assert send(wrong | {"event": "Product Viewed"}).accepted == 1


def test_one_bad_call_does_not_sink_the_others_and_is_kept_with_its_reason() -> None:
    taken = send(track("A", messageId="m1"), {"type": "dance"}, track("B", messageId="m2"))
    assert taken.accepted == 2
    assert [(one.index, one.reason[:5]) for one in taken.rejected] == [(1, "type:")]
    kept = RejectedInput.objects.get()
    assert kept.reason == taken.rejected[0].reason
    assert (kept.source, kept.body) == (web(), '{"type":"dance"}')


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (7, "must be a JSON object"),
        ({"type": "track", "event": "A"}, "userId or anonymousId"),
        ({"type": "track", "event": "A", "userId": ""}, "userId or anonymousId"),
        ({"type": "track", "event": "A", "userId": "undefined", "anonymousId": "NULL"}, "userId or anonymousId"),
        ({"type": "track", "event": "A", "userId": {"x": 1}}, "userId: an id is text"),
        ({"type": "track", "event": "A", "userId": "u" * 501}, "at most 500"),
        ({"type": "track", "event": "A" * 201, "userId": "u"}, "at most 200"),
        ({"type": "track", "event": 5, "userId": "u"}, "event: give"),
        ({"type": "track", "event": "A", "userId": "u", "properties": [1]}, "properties: must be a JSON object"),
        ({"type": "identify", "userId": "u", "traits": "no"}, "traits: must be a JSON object"),
        ({"type": "alias", "userId": "u"}, "previousId"),
        ({"type": "group", "userId": "u"}, "groupId"),
        ({"type": "track", "event": "A", "userId": "u", "messageId": 5}, "messageId: must be text"),
        ({"type": "track", "event": "A", "userId": "u", "timestamp": "yesterday"}, "timestamp: give an ISO"),
        ({"type": "track", "event": "A", "userId": "u", "timestamp": 1772366400}, "timestamp: give an ISO"),
        ({"type": "track", "event": "A", "userId": "u", "timestamp": "1999-12-31T23:59:59Z"}, "before the year 2000"),
        ({"type": "track", "event": "A", "userId": "u", "timestamp": "2026-03-02T12:00:01Z"}, "over 24 hours"),
        ({"type": "track", "event": "A", "userId": "u", "sentAt": "soon"}, "sentAt: give an ISO"),
        ({"type": "track", "event": "A", "userId": "u", "properties": {"x": float("nan")}}, "NaN and Infinity"),
        ({"type": "track", "event": "A", "userId": "u", "properties": {"x": 10**101}}, "this large"),
        ({"type": "track", "event": "Subscribed", "userId": "u", "properties": {"channel": "x" * 17}}, "channel:"),
    ],
)
def test_what_cannot_be_taken_says_why(call: Any, says: str) -> None:
    taken = ingest(source=web(), calls=[call], received_at=NOW)
    assert taken.accepted == 0
    assert says in taken.rejected[0].reason
    assert not Customer.objects.exists()


def test_absurd_numbers_and_depths_are_refused_one_by_one() -> None:
    deep: Any = 1
    for _ in range(25):
        deep = [deep]
    huge = track("A", messageId="m1", properties={"x": Decimal("1e400")})
    taken = send(huge, track("A", messageId="m2", properties={"x": deep}), track("A", messageId="m3"))
    assert [one.index for one in taken.rejected] == [0, 1]
    assert taken.accepted == 1


def test_numbers_stay_as_exact_as_they_came() -> None:
    exact = '{"a":0.1,"b":12345678901234567890123,"c":1.10,"d":100000000000000000.000000000000000001,"e":-0.05}'
    send(track("A", messageId="m1", properties=decode(exact.encode())))
    stored = properties_text("m1").replace(" ", "")
    assert stored == exact


def test_nul_characters_are_taken_out_and_half_surrogates_refused() -> None:
    taken = send(track("A\x00B", messageId="m1", properties={"x\x00": "a\x00b"}))
    assert taken.accepted == 1
    assert properties_text("m1") == '{"x": "ab"}'
    assert names_of(owner("u1")) == ["AB"]
    refused = ingest(source=web(), calls=[track("A", properties={"x": "\ud800"})], received_at=NOW)
    assert "surrogate" in refused.rejected[0].reason


def test_money_and_quantities_that_come_as_text_are_read_as_numbers_and_nothing_else_is() -> None:
    came = {"revenue": "12.50", "quantity": "3", "price": "cheap", "points": "12", "tax": " 1e1 ", "total": "NaN"}
    send(track("A", messageId="m1", properties=came))
    assert properties_text("m1") == (
        '{"tax": 10, "price": "cheap", "total": "NaN", "points": "12", "revenue": 12.50, "quantity": 3}'
    )


def test_a_wrong_client_clock_is_corrected_by_when_it_sent() -> None:
    an_hour_fast = {"timestamp": "2026-03-01T12:50:00Z", "sentAt": "2026-03-01T13:00:00Z"}
    send(track("A", messageId="m1", **an_hour_fast))
    send(track("A", messageId="m2", timestamp="2026-03-01T11:00:00+01:00"))
    send(track("A", messageId="m3", timestamp="2026-02-27"))
    send(track("A", messageId="m4"))
    times = dict(Event.objects.filter(customer=owner("u1")).values_list("message_id", "time"))
    assert times["m1"] == NOW - timedelta(minutes=10)
    assert times["m2"] == NOW - timedelta(hours=2)
    assert times["m3"] == datetime(2026, 2, 27, tzinfo=UTC)
    assert times["m4"] == NOW


def test_microseconds_are_kept() -> None:
    send(track("A", messageId="m1", timestamp="2026-02-27T12:00:00.000001Z"))
    assert Event.objects.get(message_id="m1").time == datetime(2026, 2, 27, 12, 0, 0, 1, tzinfo=UTC)


def test_first_and_last_seen_follow_events_in_any_order_and_never_lie_ahead() -> None:
    send(track("A", timestamp="2026-02-01T00:00:00Z"))
    send(track("A", timestamp="2025-02-01T00:00:00Z"))
    send(track("A", timestamp="2026-03-02T11:00:00Z"))
    customer = owner("u1")
    assert customer.first_seen_at == datetime(2025, 2, 1, tzinfo=UTC)
    assert customer.last_seen_at == NOW


def test_running_totals_count_late_events_too() -> None:
    send(track("A", timestamp="2026-02-10T00:00:00Z"), track("A", timestamp="2026-02-20T00:00:00Z"))
    send(track("A", timestamp="2024-02-01T00:00:00Z"))
    total = EventTotal.objects.get(customer=owner("u1"), name__name="A")
    assert (total.count, total.first_at.year, total.last_at.day) == (3, 2024, 20)


def test_events_of_any_month_find_their_partition() -> None:
    send(track("A", timestamp="2003-07-15T00:00:00Z"), track("A", timestamp="2026-03-02T00:00:00Z"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('customers_event_2003_07') IS NOT NULL")
        assert cursor.fetchone() == (True,)
    assert Event.objects.filter(customer=owner("u1")).count() == 2


def test_pages_and_screens_are_events_of_their_own_name() -> None:
    page = {"type": "page", "userId": "u1", "name": "Home", "category": "Docs", "properties": {"url": "https://x/"}}
    send(page | {"messageId": "m1"}, page | {"type": "screen", "messageId": "m2"})
    assert names_of(owner("u1")) == ["Page Viewed", "Screen Viewed"]
    assert Event.objects.get(message_id="m1").properties == {"url": "https://x/", "name": "Home", "category": "Docs"}


def test_each_line_of_an_order_is_an_event_of_its_own() -> None:
    lines = [
        {"product_id": "p1", "category": "Shoes", "price": "10.5", "quantity": 2, "coupon": "SPRING", "variant": "red"},
        {"sku": "s2", "name": "Sock", "price": 0.1, "quantity": 3},
        {"price": 5},
        {"price": "free"},
        "no line",
    ]
    send(track("Order Completed", messageId="m1", properties={"order_id": "o1", "revenue": 27, "products": lines}))
    ordered = Event.objects.filter(name__name="Product Ordered", customer=owner("u1")).order_by("id")
    assert [row.line for row in ordered] == [0, 1, 2, 3]
    assert ordered[0].properties == {
        "product_id": "p1",
        "category": "Shoes",
        "price": 10.5,
        "quantity": 2,
        "coupon": "SPRING",
        "order_id": "o1",
        "revenue": 21.0,
    }
    assert ordered[1].properties["revenue"] == 0.3
    assert ordered[2].properties == {"price": 5, "order_id": "o1", "revenue": 5}
    assert "revenue" not in ordered[3].properties
    assert {row.time for row in ordered} == {NOW}
    assert EventTotal.objects.get(customer=owner("u1"), name__name="Product Ordered").count == 4


def test_only_a_completed_order_has_lines() -> None:
    send(track("Order Refunded", properties={"order_id": "o", "products": [{"price": 1}]}))
    assert not EventName.objects.filter(name="Product Ordered").exists()


def test_what_the_context_knows_is_kept_where_the_event_says_nothing() -> None:
    phone = {
        "device": {"type": "ios"},
        "campaign": {"source": "newsletter", "name": "may"},
        "timezone": "Europe/Warsaw",
    }
    send(track("A", messageId="m1", context=phone))
    send(track("A", messageId="m2", context=phone, properties={"device": "tablet"}))
    browser = {"userAgent": "Mozilla/5.0 (Windows NT 10.0) Chrome/1", "timezone": "Mars/Base"}
    send(track("A", messageId="m3", context=browser))
    assert Event.objects.get(message_id="m1").properties == {
        "device": "mobile",
        "utm_source": "newsletter",
        "utm_campaign": "may",
    }
    assert Event.objects.get(message_id="m2").properties["device"] == "tablet"
    assert Event.objects.get(message_id="m3").properties["device"] == "desktop"
    assert owner("u1").timezone == "Europe/Warsaw"


def test_an_event_names_its_store_or_has_its_sources() -> None:
    send(track("A", messageId="m1"), track("A", messageId="m2", properties={"store": "paris"}))
    send(track("A", messageId="m3", context={"store": "rome"}, properties={"store": "paris"}))
    stores = dict(Event.objects.filter(customer=owner("u1")).values_list("message_id", "store"))
    assert stores == {"m1": "berlin", "m2": "paris", "m3": "rome"}


def test_reserved_traits_fill_the_built_in_fields_and_others_keep_their_names() -> None:
    address = {"country": "DE", "postalCode": "10115", "city": "Berlin", "street": "Main 1"}
    told = {
        "firstName": "Ada",
        "email": " Ada@Example.COM ",
        "phone": "030 1234567",
        "createdAt": 1767225600,
        "birthday": "1990-03-01",
        "address": address,
        "loyaltyTier": "gold",
        "points": 0.3,
        "tags": ["a", "b"],
        "orders_ever": 99,
        "known": False,
    }
    send(identify(told))
    customer = owner("u1")
    assert customer.email == "ada@example.com"
    assert customer.phone == "+49301234567"
    assert customer.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert customer.attributes == {
        "first_name": "Ada",
        "birthday": "1990-03-01",
        "country": "DE",
        "postal_code": "10115",
        "city": "Berlin",
        "address": {"street": "Main 1"},
        "loyaltyTier": "gold",
        "points": 0.3,
        "tags": ["a", "b"],
    }


def test_a_null_trait_takes_a_value_away() -> None:
    send(identify({"email": "a@example.com", "plan": "pro"}))
    send(identify({"email": None, "plan": None}, messageId="later"))
    customer = owner("u1")
    assert (customer.email, customer.attributes) == (None, {})


def test_a_group_is_kept_as_an_attribute() -> None:
    send({"type": "group", "userId": "u1", "groupId": "acme", "traits": {"plan": "x"}})
    assert owner("u1").attributes == {"group_id": "acme"}


def test_the_catalogue_learns_from_traffic_without_a_write_per_event() -> None:
    first = track("A", messageId="m1", properties={"size": 4, "when": "2026-01-01", "gone": None})
    send(first, identify({"plan": "pro", "vip": True}, messageId="m2"))
    properties = dict(CatalogueProperty.objects.filter(name__name="A").values_list("key", "type"))
    assert properties == {"size": "number", "when": "date"}
    assert dict(CatalogueAttribute.objects.values_list("key", "type")) == {"plan": "text", "vip": "boolean"}
    send(track("A", messageId="m3", properties={"size": "L"}), at=NOW + timedelta(minutes=30))
    seen = CatalogueProperty.objects.get(key="size")
    assert (seen.last_seen_at, seen.type) == (NOW, "number")
    send(track("A", messageId="m4", properties={"size": "L"}), at=NOW + timedelta(minutes=90))
    seen.refresh_from_db()
    assert seen.last_seen_at == NOW + timedelta(minutes=90)
