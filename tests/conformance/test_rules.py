"""The cases of rules.json through the statements: each rule has exactly its members, whoever evaluates it."""

from __future__ import annotations

import pytest

from segmentation.compiler import select
from segmentation.engines import postgres
from segmentation.explain import explain
from segmentation.rules.parse import parse
from tests.compiler.world import Put, put
from tests.reference.conformance import Case, cases, populations


@pytest.mark.django_db
@pytest.mark.parametrize("population", ["hand", "random"])
def test_every_case_has_its_members_in_the_set_query_the_batch_query_and_the_explanation(population: str) -> None:
    base = put(populations()[population])
    wrong = [line for case in cases() if case.population == population for line in _differences(case, base)]
    assert not wrong, "\n".join(wrong)


def _differences(case: Case, base: Put) -> list[str]:
    rule = parse(case.document, catalogue=base.world.catalogue)
    surroundings = base.surroundings(case.at)
    everyone = list(base.customers.values())
    roots = [rule.include, *([rule.exclude] if rule.exclude else [])]
    rows = postgres.rows(select.truths(roots, surroundings, everyone))
    answers = {
        "set": base.names(postgres.ids(select.members(rule, surroundings))),
        "batch": base.names(postgres.matches({1: rule}, surroundings, everyone)[1]),
        "explained": base.names(row[0] for row in rows if row[1] and not (len(row) > 3 and row[3])),
    }
    found = [
        f"case {case.number}, {way}: {sorted(members ^ case.members)}: {case.document}"
        for way, members in answers.items()
        if members != case.members
    ]
    if case.number % 4:
        return found
    name = list(base.customers)[case.number % len(base.customers)]
    explained = explain(rule=rule, customer_id=base.customers[name], now=case.at)
    if explained["member"] != (name in case.members) or explained["tree"]["truth"] != explained["member"]:
        found.append(f"case {case.number}, explanation of {name}: {case.document}")
    return found
