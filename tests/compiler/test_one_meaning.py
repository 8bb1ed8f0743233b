"""Random rules on random histories: the set query, the batch query, the explanation and the reference agree."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from segmentation.compiler import select
from segmentation.compiler.thresholds import threshold
from segmentation.engines import postgres
from segmentation.explain import explain
from segmentation.queries.surroundings import percentiles_of
from segmentation.rules.nodes import Rule
from segmentation.rules.walk import walk
from segmentation.rules.write import to_document
from tests.compiler.world import Put, put, settle
from tests.reference import evaluator, strategies
from tests.reference.world import World

RULES_A_WORLD = 8


# Many small rules find more than few large ones; some nest as deep as the builder shows them.
RULES = st.sampled_from((1, 1, 2, 2, 4)).flatmap(strategies.rules)


@strategies.tried(250)
@given(
    world=strategies.worlds(),
    rules=st.lists(RULES, min_size=RULES_A_WORLD, max_size=RULES_A_WORLD),
    now=strategies.nows(),
)
def test_every_evaluator_gives_a_rule_the_same_members(
    all_time: None, world: World, rules: list[Rule], now: datetime
) -> None:
    with transaction.atomic():
        base = put(world, all_time=True)
        settle(base, now)
        expected = {number: evaluator.members(rule, now=now, world=world) for number, rule in enumerate(rules)}
        _the_statements_agree(base, rules, now, expected)
        _each_condition_agrees(base, rules, now)
        _the_explanation_agrees(base, rules[0], now, expected[0])
        transaction.set_rollback(True)


def _the_statements_agree(base: Put, rules: list[Rule], now: datetime, expected: dict[int, set[str]]) -> None:
    everyone = list(base.customers.values())
    surroundings = base.surroundings(now)
    stored = {node: postgres.rows(threshold(node, surroundings))[0][0] for node in percentiles_of(rules)}
    live = base.surroundings(now, thresholds=stored)
    past = base.surroundings(now, at_past=True)
    together = {
        "batch": postgres.matches(dict(enumerate(rules)), live, everyone),
        "batch at a past instant": postgres.matches(dict(enumerate(rules)), past, everyone),
    }
    for number, rule in enumerate(rules):
        answers = {way: found[number] for way, found in together.items()}
        answers["set"] = set(postgres.ids(select.members(rule, surroundings)))
        if number % 4 == 0:
            answers["set at a past instant"] = set(postgres.ids(select.members(rule, past)))
        for way, found in answers.items():
            assert base.names(found) == expected[number], (way, to_document(rule))


def _each_condition_agrees(base: Put, rules: list[Rule], now: datetime) -> None:
    """Every group and condition of every rule by itself, for each customer."""
    nodes = list(dict.fromkeys(node for rule in rules for _, node, _ in walk(rule)))
    rows = postgres.rows(select.truths(nodes, base.surroundings(now), list(base.customers.values())))
    found = {customer: values[::2] for customer, *values in rows}
    for one in base.world.customers:
        for node, truth in zip(nodes, found[base.customers[one.id]]):
            assert truth == evaluator.holds(node, one, now=now, world=base.world), (one.id, node)


def _the_explanation_agrees(base: Put, rule: Rule, now: datetime, expected: set[str]) -> None:
    """What a person reads about the first customer."""
    name, customer = next(iter(base.customers.items()))
    assert explain(rule=rule, customer_id=customer, now=now)["member"] == (name in expected), to_document(rule)
