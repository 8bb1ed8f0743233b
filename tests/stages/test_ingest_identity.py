"""Verb 1: whose event it is, and how histories join and part again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import Consent, ConsentChange, Customer, Event, EventTotal, Identity, Merge, Order
from customers.references import customer_named
from customers.unmerge import UnmergeError, unmerge
from tests.stages.arrivals import NOW, causes_of, identify, names_of, owner, send, track

pytestmark = pytest.mark.django_db


def anonymous(event: str, visitor: str = "a1", **call: object) -> dict[str, object]:
    return track(event, anonymousId=visitor, **call)


def test_the_anonymous_history_joins_on_identify() -> None:
    send(anonymous("Product Viewed"), anonymous("Product Added", messageId="m2"))
    visitor = owner("a1", "anonymous_id")
    send(identify({"email": "a@example.com"}, userId="u1", anonymousId="a1"))
    send(track("Order Completed", userId="u1", properties={"order_id": "o1", "revenue": 5}))
    customer = owner("u1")
    assert customer.pk == visitor.pk
    assert names_of(customer) == ["Product Viewed", "Product Added", "Order Completed"]
    assert Customer.objects.count() == 1
    assert not Merge.objects.exists()


def test_an_anonymous_visitor_merges_into_the_customer_they_turn_out_to_be() -> None:
    send(track("Product Viewed", userId="u1", properties={"p": 1}), identify({"plan": "pro"}, userId="u1"))
    send(anonymous("Product Viewed", timestamp="2025-01-01T00:00:00Z"), anonymous("Product Added", "a1"))
    visitor = owner("a1", "anonymous_id")
    send(identify({"city": "Ulm"}, anonymousId="a1"))
    send(anonymous("Order Completed", properties={"order_id": "o1", "revenue": 7}))
    later = NOW + timedelta(minutes=1)
    send(identify(userId="u1", anonymousId="a1"), at=later)
    customer = owner("u1")
    assert Customer.objects.count() == 1
    assert sorted(names_of(customer)) == ["Order Completed", "Product Added", "Product Viewed", "Product Viewed"]
    assert EventTotal.objects.get(customer=customer, name__name="Product Viewed").count == 2
    assert Order.objects.get(customer=customer).revenue == 7
    assert customer.attributes == {"plan": "pro", "city": "Ulm"}
    assert customer.first_seen_at is not None and customer.first_seen_at.year == 2025
    assert causes_of(customer)["everything"]["kind"] in ("event", "merge")
    merge = Merge.objects.get()
    assert (merge.kept, merge.gone_id, merge.reason) == (customer, visitor.pk, "identify")


def test_everything_happens_within_one_batch_too() -> None:
    send(
        anonymous("A", "x1"),
        anonymous("B", "x2"),
        identify(userId="u1", anonymousId="x1"),
        identify(userId="u1", anonymousId="x2"),
        {"type": "alias", "userId": "u9", "previousId": "u1"},
        anonymous("C", "x2", messageId="m6"),
    )
    assert Customer.objects.count() == 1
    customer = owner("u9")
    assert customer.user_id == "u9"
    assert owner("u1") == owner("x1", "anonymous_id") == owner("x2", "anonymous_id") == customer
    assert names_of(customer) == ["A", "B", "C"]


def test_a_shared_device_never_merges_two_known_customers() -> None:
    send(identify(userId="u1", anonymousId="tablet"), anonymous("A", "tablet"))
    send(identify(userId="u2", anonymousId="tablet"), anonymous("B", "tablet"))
    send(identify(userId="u1", anonymousId="tablet", messageId="back"), anonymous("C", "tablet"))
    assert names_of(owner("u1")) == ["A", "C"]
    assert names_of(owner("u2")) == ["B"]


def test_an_email_joins_a_subscriber_with_the_customer_they_become() -> None:
    send(identify({"email": "a@example.com"}, anonymousId="a1"), anonymous("A"))
    send(identify({"email": "A@example.com"}, userId="u1"))
    assert Customer.objects.count() == 1
    assert names_of(owner("u1")) == ["A"]
    assert customer_named("email:A@Example.com") == owner("u1")


def test_a_visitor_who_gives_a_known_email_is_that_customer() -> None:
    send(identify({"email": "a@example.com"}, userId="u1"))
    send(anonymous("A", "a9"), identify({"email": "a@example.com"}, anonymousId="a9"), anonymous("B", "a9"))
    assert names_of(owner("u1")) == ["A", "B"]
    send(identify({"email": "a@example.com"}, anonymousId="a9", messageId="again"))
    send(identify({"email": "other@example.com"}, userId="u2"))
    send(identify({"email": "other@example.com"}, anonymousId="a9"))
    assert Customer.objects.count() == 2


def test_two_customers_who_give_one_email_stay_two() -> None:
    send(identify({"email": "home@example.com"}, userId="u1"), identify({"email": "home@example.com"}, userId="u2"))
    assert owner("u1").pk != owner("u2").pk
    assert owner("u2").email == "home@example.com"
    assert customer_named("email:home@example.com") == owner("u1")


def test_a_phone_number_becomes_an_id_and_never_joins() -> None:
    phone = {"phone": "+48 22 123 45 67"}
    send(identify(phone, userId="u1"), identify(phone, userId="u2"), identify(phone, anonymousId="a1"))
    assert Customer.objects.count() == 3
    assert customer_named("phone:+48221234567") == owner("u1")


def test_alias_merges_even_two_known_customers() -> None:
    send(track("A", userId="old"), track("B", userId="new"))
    send({"type": "alias", "userId": "new", "previousId": "old"})
    assert owner("old") == owner("new")
    assert sorted(names_of(owner("new"))) == ["A", "B"]
    send(track("C", userId="old", messageId="m5"))
    assert EventTotal.objects.filter(customer=owner("new")).count() == 3


def test_alias_of_an_unknown_id_is_remembered() -> None:
    send({"type": "alias", "userId": "u1", "previousId": "visitor"}, anonymous("A", "visitor"))
    assert names_of(owner("u1")) == ["A"]


def test_chained_merges_keep_every_event() -> None:
    send(*(track(name, userId=name) for name in "ABC"))
    send({"type": "alias", "userId": "B", "previousId": "A"}, {"type": "alias", "userId": "C", "previousId": "B"})
    assert sorted(names_of(owner("A"))) == ["A", "B", "C"]
    assert {merge.kept_id for merge in Merge.objects.all()} == {owner("C").pk}


def test_a_merge_can_be_taken_back_for_thirty_days() -> None:
    send(track("A", userId="u1"), track("Order Completed", userId="u1", properties={"order_id": "o", "revenue": 9}))
    send(track("Unsubscribed", userId="u1"), identify({"plan": "pro", "email": "one@example.com"}, userId="u1"))
    send(track("B", userId="u2"), identify({"city": "Ulm"}, userId="u2"))
    gone, kept = owner("u1"), owner("u2")
    send({"type": "alias", "userId": "u2", "previousId": "u1"})
    merge = Merge.objects.get()
    assert owner("u2").attributes == {"plan": "pro", "city": "Ulm"}
    send(track("C", userId="u1", messageId="after"), at=NOW + timedelta(days=1))

    back = unmerge(merge=merge, by="tests", now=NOW + timedelta(days=2))

    assert (back.pk, back.user_id, back.email, back.attributes) == (gone.pk, "u1", "one@example.com", {"plan": "pro"})
    kept.refresh_from_db()
    assert (kept.attributes, kept.email) == ({"city": "Ulm"}, None)
    assert sorted(names_of(back)) == ["A", "Order Completed", "Unsubscribed"]
    assert sorted(names_of(kept)) == ["B", "C"]
    assert [row.revenue for row in Order.objects.filter(customer=back)] == [9]
    assert not Order.objects.filter(customer=kept).exists()
    assert Consent.objects.get().customer == back
    assert ConsentChange.objects.get().customer == back
    assert owner("u1") == owner("one@example.com", "email") == back
    assert causes_of(back)["everything"]["kind"] == "merge"
    with pytest.raises(UnmergeError, match="already"):
        unmerge(merge=merge, by="tests", now=NOW + timedelta(days=2))


def test_an_old_merge_stays() -> None:
    send(track("A", userId="u1"), track("B", userId="u2"))
    send({"type": "alias", "userId": "u2", "previousId": "u1"})
    with pytest.raises(UnmergeError, match="30 days"):
        unmerge(merge=Merge.objects.get(), by="tests", now=NOW + timedelta(days=31))


def test_ids_may_be_numbers_and_every_event_finds_the_same_customer() -> None:
    send(track("A", userId=42), track("B", userId="42"))
    assert names_of(owner("42")) == ["A", "B"]
    assert Identity.objects.count() == 1
    assert Event.objects.filter(customer=owner("42")).count() == 2
