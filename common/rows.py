"""The rows that a statement of our own answers with."""

from __future__ import annotations

from typing import Any

from django.db import connection


def rows_of(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement with named parameters, asked over the connection of the models."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
