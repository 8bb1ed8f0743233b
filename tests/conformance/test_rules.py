"""The cases of rules.json: each rule has exactly its members, whoever evaluates it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segmentation.compiler import select
from segmentation.engines import postgres
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from tests.compiler.world import World, instant, put

DOCUMENT = json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]


@pytest.mark.django_db
@pytest.mark.parametrize("population", DOCUMENT["populations"])
def test_every_case_has_its_members_in_the_set_query_and_the_batch_query(population: str) -> None:
    world = put(DOCUMENT["populations"][population])
    cases = [case for case in CASES if case["population"] == population]
    wrong = [line for number, case in enumerate(cases) for line in _differences(number, case, world)]
    assert not wrong, "\n".join(wrong)


def _differences(number: int, case: dict[str, Any], world: World) -> list[str]:
    rule = parse(case["rule"], catalogue=Catalogue())
    surroundings = world.surroundings(instant(case["at"]))
    answers = {
        "set": postgres.ids(select.members(rule, surroundings)),
        "batch": postgres.matches({1: rule}, surroundings, list(world.customers.values()))[1],
    }
    expected = set(case["members"])
    return [
        f"{number} {way}: {sorted(world.names(list(found)) ^ expected)} {json.dumps(case['rule'])}"
        for way, found in answers.items()
        if world.names(list(found)) != expected
    ]


assert Rule
