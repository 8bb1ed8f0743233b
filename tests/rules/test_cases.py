"""The rules of tests/cases: each is read, written back as it is, and reads as its sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.check import warnings
from segmentation.rules.describe import phrase, sentence
from segmentation.rules.nodes import Group
from segmentation.rules.parse import parse
from segmentation.rules.write import to_document

CASES = sorted(path.parent for path in (Path(__file__).parent.parent / "cases").glob("*/rule.json"))


def rule_of(case: Path) -> Any:
    return json.loads((case / "rule.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_reads_as_its_sentence(case: Path) -> None:
    rule = parse(rule_of(case), catalogue=Catalogue())
    assert sentence(rule) == (case / "sentence.txt").read_text(encoding="utf-8").strip()
    assert parse(to_document(rule), catalogue=Catalogue()) == rule
    assert warnings(rule, Catalogue()) == []


def test_all_of_nothing_is_everybody_and_any_of_nothing_nobody() -> None:
    assert [phrase(Group(op, ())) for op in ("all", "any", "none")] == ["everybody", "nobody", "everybody"]


def test_there_are_cases_for_the_rules_of_the_benchmark() -> None:
    assert [case.name[:2] for case in CASES][:20] == [f"{n:02}" for n in range(1, 21)]
