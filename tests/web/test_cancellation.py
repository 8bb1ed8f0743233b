"""A statement that a newer question stops, on real connections."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from segmentation.engines.cancellation import StoppedError, cancel, cancellable

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
