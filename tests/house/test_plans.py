"""The kept plans of the benchmark's rules name what the migrations make: a dropped or renamed index shows here."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from benchmarks.plans import KEPT
from benchmarks.portfolio import twenty

_READ = re.compile(r" using (\S+) on (\S+)$", re.MULTILINE)


@pytest.mark.parametrize("name", sorted(twenty()))
def test_the_plan_of_a_rule_is_kept(name: str) -> None:
    assert (KEPT / f"{name}.txt").read_text(encoding="utf-8").strip()


@pytest.mark.django_db
def test_every_index_that_a_kept_plan_reads_stands_on_its_table() -> None:
    read = {found for file in KEPT.glob("*.txt") for found in _READ.findall(file.read_text(encoding="utf-8"))}
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()")
        there = set(cursor.fetchall())
    assert read
    assert sorted(read - there) == []
