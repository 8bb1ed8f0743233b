"""Each case's statement as it stands in its folder, so that a change of the compiler shows as a change of SQL."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlglot

from segmentation.compiler import select
from segmentation.compiler.surroundings import Surroundings
from segmentation.engines import postgres
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.dependencies import dependencies
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(path.parent.name for path in CASES.glob("*/rule.json"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _rule(folder: str) -> Rule:
    return parse(json.loads((CASES / folder / "rule.json").read_text(encoding="utf-8")), catalogue=Catalogue())


def _surroundings(rule: Rule) -> Surroundings:
    """Names in the order of the alphabet are numbered from 1, so that the values below the statement say which."""
    read = {kind: sorted(key for key in dependencies(rule) if key.startswith(kind)) for kind in ("event:", "segment:")}
    events, segments = (
        {key.removeprefix(kind): number for number, key in enumerate(keys, 1)} for kind, keys in read.items()
    )
    return Surroundings(now=NOW, event_ids=events, segment_ids=segments)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_statement_of_a_case_is_the_one_on_disk(folder: str) -> None:
    rule = _rule(folder)
    statement = select.members(rule, _surroundings(rule))
    text = sqlglot.transpile(statement.sql, read="postgres", write="postgres", pretty=True)[0]
    values = [f"-- {name}: {statement.parameters[name]}" for name in sorted(statement.parameters, key=len)]
    found = "\n".join([text, "", *values, ""])
    file = CASES / folder / "query.sql"
    if os.environ.get("TIDELINE_SNAPSHOTS") == "write":
        file.write_text(found, encoding="utf-8")
    expected = file.read_text(encoding="utf-8") if file.exists() else ""
    assert found == expected, (
        f"{file} differs; if the change is meant, run with TIDELINE_SNAPSHOTS=write and look at it"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_statements_of_a_case_run(folder: str) -> None:
    rule = _rule(folder)
    surroundings = _surroundings(rule)
    assert postgres.ids(select.members(rule, surroundings)) == []
    assert postgres.matches({1: rule}, surroundings, [1, 2]) == {1: set()}
    counted = postgres.named_row(select.count(rule, surroundings, sample=3))
    assert counted == {"members": 0, "total": 0, "email": 0, "sms": 0, "sample": []}
    assert postgres.named_row(select.funnel(rule, surroundings))["step0"] == 0
