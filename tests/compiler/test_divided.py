"""A rule in two halves: together they hold everybody of whom it holds, and nobody twice, whatever is missing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from segmentation.compiler import select
from segmentation.engines import postgres
from segmentation.rules.division import divided
from segmentation.rules.nodes import Node, Rule
from segmentation.rules.parse import parse
from segmentation.rules.write import to_document
from tests.compiler.world import put, settle
from tests.reference import evaluator, strategies
from tests.reference.world import World

PAIRS = st.lists(st.tuples(strategies.rules(2), strategies.nodes(2)), min_size=4, max_size=4)


@strategies.tried(25)
@given(world=strategies.worlds(), pairs=PAIRS, now=strategies.nows())
def test_the_halves_of_a_rule_hold_its_members_and_none_twice(
    all_time: None, world: World, pairs: list[tuple[Rule, Node]], now: datetime
) -> None:
    with transaction.atomic():
        base = put(world, all_time=True)
        settle(base, now)
        around = base.surroundings(now)
        for rule, condition in pairs:
            halves = divided(rule, condition)
            assert tuple(parse(to_document(half), catalogue=world.catalogue) for half in halves) == halves
            whole, first, second = (set(postgres.ids(select.members(one, around))) for one in (rule, *halves))
            assert first | second == whole and not first & second, (to_document(rule), condition)
            holds = {
                one.id for one in world.customers if evaluator.holds(condition, one, now=now, world=world)
            } & base.names(whole)
            assert base.names(first) == holds
        transaction.set_rollback(True)
