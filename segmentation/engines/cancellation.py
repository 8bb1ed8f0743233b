"""Statements that a newer question stops: whoever types on must not wait for the answer to what stood there before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

LONGEST = "120s"

_CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()"""
_MARK = "SELECT set_config('application_name', %s, true), set_config('statement_timeout', %s, true)"


class StoppedError(Exception):
    """The statement was stopped: by a newer question of the same name, on request, or because it took too long."""


def cancel(name: str) -> None:
    """Stop what runs under a name, in whatever process."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [_mark(name)])


@contextmanager
def cancellable(name: str) -> Iterator[None]:
    """Run what is inside in a transaction that `cancel(name)` stops; an earlier one of the name is stopped first.

    Raises StoppedError where it was stopped itself.
    """
    cancel(name)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_MARK, [_mark(name), LONGEST])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise StoppedError from error
        raise


def _mark(name: str) -> str:
    """The name as PostgreSQL's list of sessions shows it: at most 63 bytes."""
    return f"tideline {hashlib.sha256(name.encode()).hexdigest()[:40]}"
