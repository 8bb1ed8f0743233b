"""Random rules on random histories: the set query, the batch query, each condition's truth and the reference agree."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from segmentation.compiler import select
from segmentation.compiler.thresholds import threshold
from segmentation.engines import postgres
from segmentation.queries.surroundings import percentiles_of
from segmentation.rules.nodes import Rule
from segmentation.rules.walk import walk
from segmentation.rules.write import to_document
from tests.compiler.world import Put, put, settle
from tests.reference import evaluator, strategies
from tests.reference.world import World

RULES_A_WORLD = 8


@strategies.tried(170)
@given(
    world=strategies.worlds(),
    rules=st.lists(strategies.rules(depth=4), min_size=RULES_A_WORLD, max_size=RULES_A_WORLD),
    now=strategies.nows(),
)
def test_every_evaluator_gives_a_rule_the_same_members(
    months: None, world: World, rules: list[Rule], now: datetime
) -> None:
    with transaction.atomic():
        base = put(world)
        settle(base, now)
        expected = {number: evaluator.members(rule, now=now, world=world) for number, rule in enumerate(rules)}
        _the_statements_agree(base, rules, now, expected)
        _each_condition_agrees(base, rules, now)
        transaction.set_rollback(True)


def _the_statements_agree(base: Put, rules: list[Rule], now: datetime, expected: dict[int, set[str]]) -> None:
    surroundings = base.surroundings(now)
    everyone = list(base.customers.values())
    together = postgres.matches(dict(enumerate(rules)), surroundings, everyone)
    past = base.surroundings(now, at_past=True)
    stored = {node: postgres.rows(threshold(node, surroundings))[0][0] for node in percentiles_of(rules)}
    live = postgres.matches(dict(enumerate(rules)), base.surroundings(now, thresholds=stored), everyone)
    for number, rule in enumerate(rules):
        answers = {
            "set": postgres.ids(select.members(rule, surroundings)),
            "batch": together[number],
            "batch with stored thresholds": live[number],
            "set at a past instant": postgres.ids(select.members(rule, past)),
        }
        for way, found in answers.items():
            assert base.names(found) == expected[number], (way, to_document(rule))


def _each_condition_agrees(base: Put, rules: list[Rule], now: datetime) -> None:
    """For one customer in turn, every group and condition of every rule by itself."""
    for number, rule in enumerate(rules):
        customer = base.world.customers[number % len(base.world.customers)]
        nodes = [node for _, node, _ in walk(rule)]
        statement = select.truths(nodes, base.surroundings(now), [base.customers[customer.id]])
        ((_, *found),) = postgres.rows(statement)
        expected = tuple(evaluator.holds(node, customer, now=now, world=base.world) for node in nodes)
        assert tuple(found[::2]) == expected, to_document(rule)
