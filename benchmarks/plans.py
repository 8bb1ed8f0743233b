"""The plans of the benchmark's rules, kept as text: which joins and which indexes a preview of each is answered by.

No costs and no row counts, which move with every base; partitions stand for their table. tests/house/test_plans.py
holds the kept files against the migrated schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.inside import readable
from benchmarks.measures import base
from benchmarks.portfolio import twenty
from common import clock
from segmentation.compiler.select import count
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.rules.parse import parse

KEPT = Path(__file__).parent / "plans"

_PARENTS = """
SELECT c.relname, p.relname FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent"""
_TABLES = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()"


def plans(*, tries: int) -> dict[str, Any]:
    """Write the shape of each rule's plan on the connected base; the indexes that each reads."""
    readable()
    names = _Names()
    KEPT.mkdir(exist_ok=True)
    indexes = {}
    for name, document in twenty().items():
        lines = _shape(_plan(document), names)
        (KEPT / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        indexes[name] = sorted({line.split(" using ")[1] for line in lines if " using " in line})
    return {"indexes": indexes, "base": base()}


def _plan(document: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL's plan of the statement that counts and samples a rule's members."""
    rule = parse(document, catalogue=catalogue())
    around = surroundings([rule], now=clock.now(), stored_thresholds=False)
    statement = count(rule, around, sample=10)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.sql}", dict(statement.parameters))
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


class _Names:
    """What tables and indexes are called once partitions are folded into what they are part of."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_PARENTS)
            self._parents: Mapping[str, str] = dict(cursor.fetchall())
            cursor.execute(_TABLES)
            self._tables: Mapping[str, str] = dict(cursor.fetchall())

    def whole(self, name: str) -> str:
        return self._parents.get(name, name)

    def what(self, node: Mapping[str, Any]) -> str:
        """What a node reads: ` using INDEX on TABLE`, ` on TABLE`, or nothing."""
        if "Index Name" in node:
            return f" using {self.whole(node['Index Name'])} on {self.whole(self._tables[node['Index Name']])}"
        read = node.get("Relation Name") or node.get("CTE Name")
        return f" on {self.whole(read)}" if read else ""


def _shape(node: Mapping[str, Any], names: _Names, depth: int = 0) -> list[str]:
    """A node and those below it as indented lines; the same partition plans of an Append stand there once."""
    join = node.get("Join Type", "Inner")
    words = [
        "Parallel" if node.get("Parallel Aware") else "",
        node["Node Type"] + ("" if join == "Inner" else f" ({join})"),
    ]
    title = " ".join(word for word in words if word) + names.what(node)
    if "Subplan Name" in node:
        title = f"{node['Subplan Name']}: {title}"
    below = [tuple(_shape(child, names, depth + 1)) for child in node.get("Plans", ())]
    if node["Node Type"] in ("Append", "Merge Append"):
        below = list(dict.fromkeys(below))
    return ["  " * depth + title, *(line for lines in below for line in lines)]
