"""A cursor for the few statements that every batch asks again: PostgreSQL plans them once a connection.

Django binds parameters into the text, so that each statement is parsed and planned anew. Here they are sent beside the
text, and from the fifth time on under the name of a prepared statement. The text must say the type of a parameter where
PostgreSQL cannot infer it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from psycopg.types.datetime import TimestamptzLoader

USES = 5
# A plan that is kept takes any array for ten values. Where there are many more, one made for their number is worth its cost.
FEW = 100


class _Preparing(ServerBindingCursor, psycopg.Cursor[Any]):
    """Prepares statements. Other cursors of the connection must not: the driver would forget all of them after each
    `ROLLBACK TO SAVEPOINT`, which PostgreSQL does not."""

    keeps = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Django's own loader is Python, and its connections are in UTC: the driver's gives the same in a twentieth.
        self.adapters.register_loader("timestamptz", TimestamptzLoader)

    def execute(self, *arguments: Any, **options: Any) -> Self:
        self.connection.prepare_threshold = USES if self.keeps else None
        try:
            return super().execute(*arguments, **options)
        finally:
            self.connection.prepare_threshold = None


@contextmanager
def prepared_cursor(*, values: int = 0) -> Iterator[CursorWrapper]:
    """A cursor of the current connection whose statements are kept planned, unless their arrays hold many `values`."""
    connection.ensure_connection()
    session = connection.connection
    usual, session.cursor_factory = session.cursor_factory, _Preparing
    try:
        cursor = connection.cursor()
    finally:
        session.cursor_factory = usual
    cursor.cursor.keeps = values <= FEW
    with cursor:
        yield cursor


def look_up_by_index() -> None:
    """Until the transaction ends, let statements find their rows by an index wherever there is one.

    The planner takes a table for as full as it was when last counted. The queue of dirty customers was empty then, and
    holds thousands of rows, or of rows that are gone, when a batch comes for two hundred; a plan that is kept may even be
    from before the first customer came.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
