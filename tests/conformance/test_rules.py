"""The cases of rules.json through the statements: each rule has exactly its members, whoever evaluates it."""

from __future__ import annotations

import pytest

from segmentation.compiler import select
from segmentation.engines import postgres
from segmentation.rules.parse import parse
from tests.compiler.world import Put, put
from tests.reference.conformance import Case, cases, populations


@pytest.mark.django_db
@pytest.mark.parametrize("population", ["hand", "random"])
def test_every_case_has_its_members_in_the_set_query_and_the_batch_query(population: str) -> None:
    base = put(populations()[population])
    wrong = [line for case in cases() if case.population == population for line in _differences(case, base)]
    assert not wrong, "\n".join(wrong)


def _differences(case: Case, base: Put) -> list[str]:
    rule = parse(case.document, catalogue=base.world.catalogue)
    surroundings = base.surroundings(case.at)
    answers = {
        "set": postgres.ids(select.members(rule, surroundings)),
        "batch": postgres.matches({1: rule}, surroundings, list(base.customers.values()))[1],
    }
    return [
        f"case {case.number}, {way}: {sorted(base.names(found) ^ case.members)}: {case.document}"
        for way, found in answers.items()
        if base.names(found) != case.members
    ]
