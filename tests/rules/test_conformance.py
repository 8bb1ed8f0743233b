"""The shared cases, through parse and the reference; the compiled evaluators run them in tests/compiler."""

from __future__ import annotations

import pytest

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.parse import parse
from segmentation.rules.rewrite import rewrite
from tests.reference.conformance import Case, cases, populations
from tests.reference.evaluator import members

BY_POPULATION = sorted({case.population for case in cases()})


def wrong(case: Case, found: set[str]) -> str:
    return f"case {case.number}: missing {sorted(case.members - found)}, too many {sorted(found - case.members)}"


@pytest.mark.parametrize("population", BY_POPULATION)
def test_the_reference_finds_the_members_of_every_shared_case(population: str) -> None:
    world = populations()[population]
    faults = []
    for case in (case for case in cases() if case.population == population):
        rule = parse(case.document, catalogue=Catalogue())
        for reading in (rule, rewrite(rule)):
            found = members(reading, now=case.at, world=world)
            if found != case.members:
                faults.append(wrong(case, found))
    assert faults == []


def test_every_shared_case_is_run() -> None:
    assert len(cases()) == 324
