"""Where compiled rules run: the project's own PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from django.db import connection

from segmentation.compiler.select import batch, portions
from segmentation.compiler.statement import Statement
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Rule

# The type of `jsonb` in PostgreSQL's catalogue. Django leaves such values as text, since its fields read them.
_JSONB = 3802


def rows(statement: Statement) -> list[tuple[Any, ...]]:
    """Every row of the statement's answer."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, dict(statement.parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        documents = {place for place, column in enumerate(cursor.description or ()) if column.type_code == _JSONB}
    return [_read(row, documents) for row in found] if documents else found


def _read(row: Sequence[Any], documents: Container[int]) -> tuple[Any, ...]:
    """The row with its JSON values read."""
    return tuple(
        json.loads(value) if place in documents and isinstance(value, str) else value for place, value in enumerate(row)
    )


def ids(statement: Statement) -> list[int]:
    """The first column of the answer: ids of customers, in no order."""
    return [row[0] for row in rows(statement)]


def named_row(statement: Statement) -> dict[str, Any]:
    """The one row of an answer by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, dict(statement.parameters))
        row = cursor.fetchone() or ()
        return {column.name: value for column, value in zip(cursor.description or (), row)}


def matches(rules: Mapping[int, Rule], surroundings: Surroundings, customers: Sequence[int]) -> dict[int, set[int]]:
    """Which of the customers belong to each rule, by the rule's key; in one statement, or a few for hundreds of rules."""
    found: dict[int, set[int]] = {key: set() for key in rules}
    if not customers:
        return found
    for portion in portions(rules):
        for segment_id, customer_id in rows(batch(portion, surroundings, customers)):
            found[segment_id].add(customer_id)
    return found


def explain_plan(statement: Statement) -> str:
    """PostgreSQL's plan of the statement, without running it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement.sql}", dict(statement.parameters))
        return "\n".join(row[0] for row in cursor.fetchall())
