"""The client libraries that shops have already, unchanged but for the host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django.live_server_helper import LiveServer
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from customers.api import tracking
from customers.keys import create_write_key
from customers.models import Customer, Event, Identity, Merge

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = {"segment": SegmentClient, "rudder": RudderClient}


@pytest.fixture
def write_key(transactional_db: None) -> str:
    return create_write_key(source="shop", now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(params=[("segment", False), ("segment", True), ("rudder", True)], ids=str)
def client(request: pytest.FixtureRequest, live_server: LiveServer, write_key: str) -> Iterator[Any]:
    """A client with its thread and queue, packing its batches or not."""
    name, packed = request.param
    made = CLIENTS[name](write_key, host=live_server.url, gzip=packed, upload_interval=0.05, on_error=_fail)
    yield made
    made.shutdown()


def _fail(error: Exception, batch: Any) -> None:
    raise AssertionError(f"not delivered: {error}")


def test_every_call_of_the_client_arrives_once(client: Any) -> None:
    for number in range(250):
        client.track(f"many{number % 7}", "Number Seen", {"number": number}, message_id=f"m{number}")
    client.track(anonymous_id="visitor", event="Product Viewed", properties={"price": 0.1, "name": "Zażółć"})
    client.page(anonymous_id="visitor", category="Docs", name="Home", properties={"url": "https://shop.example/"})
    client.identify("u1", {"email": "Ada@Example.com", "firstName": "Ada", "score": 7}, anonymous_id="visitor")
    client.screen("u1", "App", "Start", {"device": "mobile"})
    client.group("u1", "acme", {"plan": "pro"})
    ordered = {"order_id": "o1", "revenue": "20.50", "products": [{"product_id": "p1", "price": 20.5, "quantity": 1}]}
    client.track("u1", "Order Completed", ordered, timestamp=datetime(2026, 5, 1, 12, tzinfo=UTC))
    client.alias("u1", "u2")
    client.flush()
    client.shutdown()

    seen = Event.objects.filter(name__name="Number Seen")
    assert sorted(row.properties["number"] for row in seen) == list(range(250))
    customer = Customer.objects.get(email="ada@example.com")
    assert customer.user_id == "u2"
    assert customer.email == "ada@example.com"
    assert customer.attributes == {"first_name": "Ada", "score": 7, "group_id": "acme"}
    names = Event.objects.filter(customer=customer).order_by("id").values_list("name__name", flat=True)
    assert sorted(names) == ["Order Completed", "Page Viewed", "Product Ordered", "Product Viewed", "Screen Viewed"]
    order = Event.objects.get(name__name="Order Completed")
    assert order.properties["revenue"] == 20.5
    assert abs((order.time - datetime(2026, 5, 1, 12, tzinfo=UTC)).total_seconds()) < 60
    assert {row.value for row in Identity.objects.filter(customer=customer)} == {
        "visitor",
        "u1",
        "u2",
        "ada@example.com",
    }
    assert Customer.objects.count() == 8
    assert not Merge.objects.exists()


def test_the_client_sends_again_when_the_database_was_away(
    live_server: LiveServer, write_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = tracking.ingest, [OperationalError("away"), OperationalError("still away")]

    def unsteady(**arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(**arguments)

    monkeypatch.setattr(tracking, "ingest", unsteady)
    monkeypatch.setattr(tracking, "RETRY_SECONDS", 1)
    client = SegmentClient(write_key, host=live_server.url, upload_interval=0.05, on_error=_fail)
    client.track("u1", "Product Viewed", {"number": 1})
    client.flush()
    client.shutdown()
    assert not failures
    assert Event.objects.get().properties == {"number": 1}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_wrong_key_reaches_the_client_as_an_error(name: str, live_server: LiveServer, write_key: str) -> None:
    errors: list[Exception] = []
    client = CLIENTS[name](
        "wk_wrong", host=live_server.url, max_retries=1, on_error=lambda error, batch: errors.append(error)
    )
    client.track("u1", "Product Viewed")
    client.flush()
    client.shutdown()
    assert [getattr(error, "status", None) for error in errors] == [401]
    assert not Event.objects.exists()
