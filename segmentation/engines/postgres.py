"""Where compiled rules run: the project's own PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from common.prepared import prepared_cursor
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
        statement = batch(portion, surroundings, customers)
        with prepared_cursor(values=len(customers)) as cursor:
            cursor.execute(statement.sql, dict(statement.parameters))
            for segment_id, customer_id in cursor.fetchall():
                found[segment_id].add(customer_id)
    return found


def explain_plan(statement: Statement) -> str:
    """PostgreSQL's plan of the statement, without running it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement.sql}", dict(statement.parameters))
        return "\n".join(row[0] for row in cursor.fetchall())


# The bound before comes with the new one: the first column is taken before the second is set.
_BOUNDED = """
WITH before AS MATERIALIZED (SELECT current_setting('statement_timeout') AS bound)
SELECT bound, set_config('statement_timeout', %s, true) FROM before"""


@dataclass(frozen=True)
class Measured:
    """What a statement did when it ran: the stored events it looked at, and the rows that all its steps took up."""

    events: int
    rows: int


def measure(statement: Statement, *, longest: int) -> Measured | None:
    """Run the statement for its cost alone; None where it did not end within `longest` milliseconds."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BOUNDED, [f"{longest}ms"])
            before = cursor.fetchone()[0]
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.sql}", dict(statement.parameters))
            told = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    steps = list(_steps((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))
    events = [step for step in steps if str(step.get("Relation Name", "")).startswith("customers_event_")]
    return Measured(sum(map(_taken_up, events)), sum(map(_taken_up, steps)))


def _steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps of a plan, each with what stands below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)


def _taken_up(step: Mapping[str, Any]) -> int:
    """The rows of one step, those too that it threw away again."""
    thrown_away = sum(step.get(f"Rows Removed by {test}", 0) for test in ("Filter", "Join Filter", "Index Recheck"))
    return round((step["Actual Rows"] + thrown_away) * step["Actual Loops"])
