"""Statements that every batch asks are kept planned; those about many values are not."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from common.prepared import FEW, USES, prepared_cursor

pytestmark = pytest.mark.django_db


def _kept(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{text}%"])
        return int(cursor.fetchone()[0])


def _ask(mark: str, *, values: int) -> list[int]:
    with prepared_cursor(values=values) as cursor:
        cursor.execute(f"SELECT n + 1 AS {mark} FROM unnest(%s::bigint[]) n ORDER BY 1", [[3, 1, 2]])
        return [number for (number,) in cursor.fetchall()]


def test_a_statement_is_kept_planned_from_the_fifth_time_on_whatever_is_rolled_back_between() -> None:
    for _ in range(USES + 2):
        savepoint = transaction.savepoint()
        assert _ask("few", values=3) == [2, 3, 4]
        transaction.savepoint_rollback(savepoint)
    assert _kept("AS few") == 1


def test_a_statement_about_many_values_is_planned_each_time() -> None:
    for _ in range(USES + 2):
        assert _ask("many", values=FEW + 1) == [2, 3, 4]
    assert _kept("AS many") == 0
