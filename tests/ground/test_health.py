"""What the three health addresses say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from common import clock
from config import health
from customers.models import Customer, DirtyCustomer
from segmentation.models import Sweep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_process_lives_without_asking_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_may_ask_by_an_address_that_pages_refuse(client: Client, settings: Settings, path: str) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/login/", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_a_fresh_installation_is_ready_and_names_its_parts(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "broker", "migrations", "evaluation", "clock", "sending"}
    assert all(part["ok"] for part in parts.values())


@pytest.mark.django_db
def test_a_queue_that_lags_is_named(client: Client) -> None:
    customer = Customer.objects.create(first_seen_at=NOW, last_seen_at=NOW, updated_at=NOW)
    DirtyCustomer.objects.create(customer=customer, marked_at=NOW, last_marked_at=NOW)
    Sweep.objects.create(until=NOW)
    with clock.frozen(NOW + timedelta(seconds=30)):
        assert client.get("/readyz").status_code == 200
    with clock.frozen(NOW + timedelta(seconds=61)):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert not parts["evaluation"]["ok"]
    assert not parts["clock"]["ok"]
    assert "61 s behind" in parts["evaluation"]["detail"]


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named_without_its_address(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://user:hidden@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert not answer.json()["parts"]["broker"]["ok"]
    assert "hidden" not in answer.content.decode()


@pytest.mark.django_db
def test_a_database_that_is_away_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OperationalError("connection to server at 10.0.0.7 failed")

    monkeypatch.setattr(health, "_database", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"ok": False, "detail": "OperationalError"}


@pytest.mark.django_db
def test_the_metrics_are_read_from_the_tables(client: Client) -> None:
    customer = Customer.objects.create(first_seen_at=NOW, last_seen_at=NOW, updated_at=NOW)
    DirtyCustomer.objects.create(customer=customer, marked_at=NOW, last_marked_at=NOW)
    with clock.frozen(NOW + timedelta(seconds=5)):
        text = client.get("/metrics").content.decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines["tideline_dirty_customers"]) == 1
    assert float(lines["tideline_dirty_oldest_seconds"]) == 5
    assert 'tideline_audited_memberships{found="false"}' in lines
    assert "tideline_events_estimate" in lines
