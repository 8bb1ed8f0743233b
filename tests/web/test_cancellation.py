"""A statement that a newer question stops, on real connections."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from segmentation.engines.cancellation import StoppedError, cancel, cancellable
from segmentation.save import create
from segmentation.views import builder
from tests.ground.chromium import account
from tests.stages.shop import did, rule

PATIENCE = 30


class Running(threading.Thread):
    """A statement that would take an hour, under a name, on a connection of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True)
        self.question, self.outcome = name, "nothing yet"

    def run(self) -> None:
        try:
            with cancellable(self.question), connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(3600)")
            self.outcome = "ran to its end"
        except StoppedError:
            self.outcome = "stopped"
        finally:
            connection.close()

    def ended(self) -> str:
        self.join(PATIENCE)
        return self.outcome


def begun(name: str) -> Running:
    """A statement that is running for sure."""
    before, running = sleeping(), Running(name)
    running.start()
    deadline = time.monotonic() + PATIENCE
    while sleeping() == before:
        assert time.monotonic() < deadline, "the statement did not begin"
        time.sleep(0.01)
    return running


def sleeping() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep(3600)%%'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_newer_question_stops_the_older_of_its_name_and_no_other() -> None:
    first, other = begun("mine"), begun("another")
    with cancellable("mine"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert first.ended() == "stopped"
    assert other.is_alive()
    cancel("another")
    assert other.ended() == "stopped"
    with connection.cursor() as cursor:
        cursor.execute("SHOW application_name")
        assert "tideline" not in cursor.fetchone()[0]


class Asking(threading.Thread):
    """A preview asked for by somebody's page, on a connection of its own."""

    def __init__(self, client: Client, address: str, page: str) -> None:
        super().__init__(daemon=True)
        self._client, self._address, self._page, self.status = client, address, page, 0

    def run(self) -> None:
        self.status = asked(self._client, self._address, rule(did("Order Completed")), self._page)
        connection.close()


def asked(client: Client, address: str, document: Any, page: str) -> int:
    body = {"rule": document, "page": page}
    return client.post(address, body, content_type="application/json").status_code


@pytest.mark.django_db(transaction=True)
def test_a_preview_is_stopped_in_the_database_by_hand_or_by_the_next_one_of_its_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def endless(**_: Any) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(3600)")
        return {}

    create(name="Slow", slug="slow", rule=rule(did("Order Completed")), by=None, now=datetime.now(UTC))
    address, client = reverse("segmentation:preview", args=["slow"]), Client()
    client.force_login(account("marketer"))
    monkeypatch.setattr(builder, "number_answer", endless)
    asking = [Asking(client, address, page) for page in ("one", "two")]
    for number, one in enumerate(asking, start=1):
        one.start()
        waited_for(number)
    # A rule that is not finished cannot be counted, and stops the one before all the same.
    assert asked(client, address, None, "one") == 200
    waited_for(1)
    assert client.delete(f"{address}?page=two").status_code == 204
    waited_for(0)
    for one in asking:
        one.join(PATIENCE)
    assert [one.status for one in asking] == [409, 409]


def waited_for(many: int) -> None:
    """Until so many statements sleep in the database, and no more."""
    deadline = time.monotonic() + PATIENCE
    while sleeping() != many:
        assert time.monotonic() < deadline, f"{sleeping()} statements sleep, not {many}"
        time.sleep(0.01)
