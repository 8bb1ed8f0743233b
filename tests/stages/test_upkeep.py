"""What keeps the customers' tables in order: the bell, partitions ahead, the types of the catalogue."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection

from common import clock
from customers import arrange as arrange_module
from customers import bell
from customers.arrange import arrange, out_of_order
from customers.audit import note
from customers.models import AuditEntry, CatalogueAttribute, CatalogueProperty
from customers.queries.catalogue import attribute_types, event_names, properties_of
from customers.tasks import make_partitions, settle_catalogue
from tests.stages.arrivals import NOW, identify, send, track


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the bell asked for; its flag is this test's own, since the broker is shared with tests that run beside it."""
    monkeypatch.setattr(bell, "FLAG", f"tideline:bell:{uuid4()}")
    asked: list[tuple[str, str]] = []

    def send_task(name: str, *, queue: str, **_: Any) -> None:
        asked.append((name, queue))

    monkeypatch.setattr(bell.current_app, "send_task", send_task)
    monkeypatch.setattr(bell, "_FORGOTTEN", timedelta(minutes=5))
    return asked


def test_many_rings_ask_once_until_they_are_heard(rings: list[tuple[str, str]]) -> None:
    for _ in range(5):
        bell.ring()
    assert rings == [("segmentation.evaluate", "live")]
    bell.heard()
    bell.ring()
    assert len(rings) == 2
    bell.heard()


def test_a_bell_without_a_broker_hurts_nobody(rings: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    away = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(bell, "client", lambda: away)
    bell.ring()
    bell.heard()
    assert not rings


@pytest.mark.django_db
def test_ingest_rings_after_the_commit(rings: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(track("A", messageId="m1"))
        assert not rings
    with django_capture_on_commit_callbacks(execute=True):
        send(track("A", messageId="m1"))
    assert len(rings) == 1
    bell.heard()


@pytest.mark.django_db
def test_partitions_are_made_ahead() -> None:
    with clock.frozen(datetime(2031, 11, 1, 12, tzinfo=UTC)):
        assert make_partitions() == 4
        assert make_partitions() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('customers_event_2032_02') IS NOT NULL")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_a_closed_month_is_put_in_order_once_and_not_while_others_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrange_module, "PATIENCE", "50ms")
    for number in range(60):
        send(track("AB"[number % 2], messageId=f"m{number}", timestamp=(NOW - timedelta(minutes=number)).isoformat()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_event")
    before = _events()
    march, april = "customers_event_2026_03", datetime(2026, 4, 3, tzinfo=UTC)
    assert out_of_order(now=april - timedelta(days=2), smallest=1) == []
    assert out_of_order(now=april, smallest=1) == [march]
    with closing(connection.copy()) as other:
        other.set_autocommit(False)
        other.cursor().execute(f"LOCK TABLE {march} IN ACCESS SHARE MODE")
        assert not arrange(march)
        other.rollback()
    assert arrange(march)
    assert out_of_order(now=april, smallest=1) == []
    assert [name for name, _ in _events()] == sorted(name for name, _ in before)
    assert sorted(_events()) == sorted(before)


def _events() -> list[tuple[int, str]]:
    """Name and message of each event, as they lie in the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_id, message_id FROM customers_event ORDER BY tableoid, ctid")
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_types_settle_on_what_mostly_comes_and_leave_what_people_set() -> None:
    send(track("A", properties={"size": "XL"}), identify({"tier": "7", "vip": "yes"}))
    CatalogueAttribute.objects.filter(key="vip").update(edited_at=NOW)
    for number in range(3):
        send(track("A", properties={"size": number}), identify({"tier": number, "vip": True}, userId=f"u{number}x"))
    assert settle_catalogue() == 2
    assert settle_catalogue() == 0
    assert CatalogueProperty.objects.get(key="size").type == "number"
    types = dict(CatalogueAttribute.objects.values_list("key", "type"))
    assert types == {"tier": "number", "vip": "text"}


@pytest.mark.django_db
def test_only_certain_types_are_given_to_rules() -> None:
    send(track("A", properties={"size": 1}), identify({"tier": "gold", "vip": "yes"}))
    CatalogueAttribute.objects.filter(key="vip").update(edited_at=NOW, type="text")
    types = attribute_types()
    assert types["vip"] == "text" and "tier" not in types
    assert (types["orders_ever"], types["known"], types["birthday"]) == ("number", "boolean", "date")
    assert event_names() == ["A"]
    assert properties_of("A") == {
        "size": "number",
        "$hour": "number",
        "$weekday": "number",
        "$store": "text",
        "$source": "text",
    }


@pytest.mark.django_db
def test_the_audit_log_keeps_before_and_after_and_cannot_be_rewritten() -> None:
    entry = note(actor="ann", action="edit", object=("x", "1"), before={"at": NOW, "n": 0.1}, after=None, now=NOW)
    assert AuditEntry.objects.get().before == {"at": "2026-03-01T12:00:00Z", "n": 0.1}
    with pytest.raises(Exception, match="append-only"):
        AuditEntry.objects.filter(pk=entry.pk).update(actor="somebody else")
