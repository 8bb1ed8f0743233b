"""Customers over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common import clock
from customers.models import AuditEntry, Customer, DirtyCustomer, Event, RejectedInput
from tests.stages.arrivals import NOW, identify, owner, send, track

pytestmark = pytest.mark.django_db

ADA = {"email": "ada@example.com", "firstName": "Ada", "points": 0.3}


def ada() -> Customer:
    send(
        identify(ADA, userId="u/1"), track("Order Completed", userId="u/1", properties={"order_id": "o", "revenue": 9})
    )
    return owner("u/1")


def test_a_profile_is_read_by_our_number_or_any_of_its_ids(api: APIClient) -> None:
    customer = ada()
    for reference in (customer.pk, "user_id:u/1", "user_id:u%2F1", "email:Ada@Example.com"):
        answer = api.get(f"/api/customers/{reference}/")
        assert answer.status_code == 200, reference
        assert answer.json()["id"] == customer.pk
    profile = answer.json()
    assert profile["email"] == "ada@example.com"
    assert profile["known"] is True
    assert profile["attributes"] == {"first_name": "Ada", "points": 0.3}
    assert profile["traits"]["orders_ever"] == 1
    assert profile["traits"]["revenue_ever"] == 9
    assert profile["consents"] == {}
    assert {(one["kind"], one["value"]) for one in profile["identities"]} == {
        ("user_id", "u/1"),
        ("email", "ada@example.com"),
    }


@pytest.mark.parametrize("reference", ["999999", "9" * 30, "user_id:nobody", "email:%00", "user_id:x/y/z"])
def test_nobody_is_404_with_problem_details(api: APIClient, reference: str) -> None:
    answer = api.get(f"/api/customers/{reference}/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "no_such_customer"


def test_the_list_is_searched_and_paged_by_cursor(api: APIClient) -> None:
    send(*(identify({"firstName": f"Name{number}"}, userId=f"user-{number}") for number in range(5)))
    first = api.get("/api/customers/?limit=2&search=user-").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    seen = [row["user_id"] for page in (first, second, third) for row in page["results"]]
    assert seen == ["user-4", "user-3", "user-2", "user-1", "user-0"]
    assert (first["previous"], third["next"]) == (None, None)
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert [row["user_id"] for row in api.get("/api/customers/?search=name3").json()["results"]] == ["user-3"]
    assert api.get("/api/customers/?cursor=rubbish").json()["errors"][0]["pointer"] == "/cursor"
    assert api.get("/api/customers/?limit=0").status_code == 400


def test_a_list_asks_the_database_the_same_whatever_its_length(api: APIClient) -> None:
    send(*(identify({}, userId=f"user-{number}") for number in range(30)))
    api.get("/api/customers/")
    counts = []
    for limit in (2, 30):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            api.get(f"/api/customers/?limit={limit}")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_edit_sets_attributes_and_consents_and_marks_the_customer(api: APIClient) -> None:
    customer = ada()
    DirtyCustomer.objects.all().delete()
    body = {
        "attributes": {
            "points": 12345678901234567890.25,
            "tier": "gold",
            "first_name": None,
            "timezone": "Europe/Rome",
        },
        "consents": {"email": "subscribed"},
    }
    answer = api.patch(f"/api/customers/{customer.pk}/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["attributes"]["tier"] == "gold"
    assert "first_name" not in answer.json()["attributes"]
    assert (answer.json()["timezone"], answer.json()["consents"]) == ("Europe/Rome", {"email": "subscribed"})
    causes = DirtyCustomer.objects.get().causes
    assert {key: cause["kind"] for key, cause in causes.items()} == {
        "attribute:points": "attribute",
        "attribute:tier": "attribute",
        "attribute:first_name": "attribute",
        "attribute:timezone": "attribute",
        "consent:email": "consent",
    }
    entry = AuditEntry.objects.get(action="edit")
    assert entry.object_id == str(customer.pk)
    assert "gold" not in str(entry.after)


def test_numbers_in_an_edit_stay_exact(api: APIClient) -> None:
    customer = ada()
    body = b'{"attributes": {"x": 0.1, "y": 123456789012345678901234567890}}'
    api.patch(f"/api/customers/{customer.pk}/", data=body, content_type="application/json")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attributes ->> 'x', attributes ->> 'y' FROM customers_customer WHERE id = %s", [customer.pk]
        )
        assert cursor.fetchone() == ("0.1", "123456789012345678901234567890")


def test_an_edit_names_every_fault_and_changes_nothing(api: APIClient) -> None:
    customer = ada()
    body = {
        "attributes": {"orders_ever": 5, "timezone": "Mars", "a/b": {"deep": 10**200}, "ok": 1},
        "consents": {"email": "maybe"},
    }
    answer = api.patch(f"/api/customers/{customer.pk}/", body)
    assert answer.status_code == 400
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/attributes/orders_ever", "/attributes/timezone", "/attributes/a~1b", "/consents/email"}
    customer.refresh_from_db()
    assert "ok" not in customer.attributes


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"email": "x"}, "/email"), ({"attributes": []}, "/attributes"), ({"consents": None}, "/consents"), ([], "")],
)
def test_an_edit_takes_attributes_and_consents_only(api: APIClient, body: Any, pointer: str) -> None:
    answer = api.patch(f"/api/customers/{ada().pk}/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_the_events_of_a_customer_come_latest_first(api: APIClient) -> None:
    send(*(track("A", timestamp=(NOW - timedelta(hours=hour)).isoformat()) for hour in (3, 1, 2)))
    send(track("Order Completed", properties={"products": [{"price": 1}]}))
    page = api.get("/api/customers/user_id:u1/events/?limit=3").json()
    assert [row["event"] for row in page["results"]] == ["Order Completed", "A", "A"]
    rest = api.get(page["next"]).json()["results"]
    assert [row["time"] for row in rest] == ["2026-03-01T09:00:00Z"]
    assert len(api.get("/api/customers/user_id:u1/events/?name=A").json()["results"]) == 3


def test_an_export_has_everything_that_is_kept(api: APIClient) -> None:
    customer = ada()
    send(track("Unsubscribed", userId="u/1"))
    exported = api.get("/api/customers/user_id:u/1/export/").json()
    assert exported["profile"]["email"] == "ada@example.com"
    assert {event["event"] for event in exported["events"]} == {"Order Completed", "Unsubscribed"}
    assert exported["orders"][0]["revenue"] == 9
    assert exported["consents"][0]["state"] == "unsubscribed"
    assert {"identities", "consent changes", "merges", "memberships", "messages", "enrolments"} <= exported.keys()
    assert customer.pk == exported["profile"]["id"]


def test_erasing_leaves_nothing_of_the_customer(api_with: Callable[..., APIClient]) -> None:
    customer = ada()
    send({"type": "track", "userId": "u/1", "event": ""}, {"type": "track", "userId": "u2", "event": ""})
    client = api_with("admin")
    assert client.delete(f"/api/customers/{customer.pk}/").status_code == 204
    assert client.get(f"/api/customers/{customer.pk}/").status_code == 404
    assert not Event.objects.filter(customer_id=customer.pk).exists()
    assert [row.body for row in RejectedInput.objects.all()] == ['{"type":"track","userId":"u2","event":""}']
    entry = AuditEntry.objects.get(action="erase")
    assert (entry.object_type, entry.object_id) == ("customer", str(customer.pk))
    assert "ada" not in f"{entry.before}{entry.after}{entry.note}"
    assert client.delete(f"/api/customers/{customer.pk}/").status_code == 404


def test_a_merge_is_taken_back_over_the_api(api: APIClient) -> None:
    with clock.frozen(NOW + timedelta(days=1)):
        send(track("A", userId="u1"), track("B", userId="u2"))
        send({"type": "alias", "userId": "u2", "previousId": "u1"})
        kept = owner("u2")
        merge = api.get(f"/api/customers/{kept.pk}/").json()["merges"][0]
        assert merge["reason"] == "alias"
        assert api.post(f"/api/customers/{kept.pk}/unmerge/", {"merge": "x"}).status_code == 400
        answer = api.post(f"/api/customers/{kept.pk}/unmerge/", {"merge": merge["id"]})
        assert (answer.status_code, answer.json()["user_id"]) == (200, "u1")
        assert api.post(f"/api/customers/{kept.pk}/unmerge/", {}).status_code == 404
    assert AuditEntry.objects.filter(action="unmerge").count() == 1


def test_an_old_merge_is_a_conflict(api: APIClient) -> None:
    send(track("A", userId="u1"), track("B", userId="u2"), {"type": "alias", "userId": "u2", "previousId": "u1"})
    send(track("A", userId="u3"), track("B", userId="u4"))
    send({"type": "alias", "userId": "u4", "previousId": "u3"})
    with clock.frozen(datetime(2026, 6, 1, tzinfo=UTC)):
        assert api.post("/api/customers/user_id:u4/unmerge/", {}).status_code == 409


def test_messages_to_a_customer_are_paused_and_resumed(api: APIClient) -> None:
    send(track("A", userId="u1"))
    assert api.get("/api/customers/user_id:u1/").json()["paused_at"] is None
    for address, paused in (("pause", True), ("pause", True), ("resume", False)):
        answer = api.post(f"/api/customers/user_id:u1/{address}/")
        assert (answer.status_code, answer.json()["paused_at"] is not None) == (200, paused)
    assert AuditEntry.objects.filter(object_type="customer").count() == 2
