"""What time alone does: the sweep's strips miss nobody who changed, and an explanation says when each condition turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from segmentation.compiler.strips import strips, strips_of
from segmentation.engines import postgres
from segmentation.explain import explain
from segmentation.rules import nodes
from segmentation.rules.nodes import Attribute, Group, Node, Percentile, Rule, ValueType
from segmentation.rules.walk import walk
from segmentation.rules.write import to_document
from tests.compiler.world import Put, put, settle
from tests.reference import evaluator, strategies
from tests.reference.world import Customer, World

SPANS = (
    strategies.MICROSECOND,
    timedelta(seconds=5),
    timedelta(hours=1),
    timedelta(hours=25),
    timedelta(days=40),
)
RULES_A_WORLD = 4


def _some_rules() -> st.SearchStrategy[list[Rule]]:
    return st.lists(strategies.rules(depth=2).map(_unranked), min_size=RULES_A_WORLD, max_size=RULES_A_WORLD)


def _unranked(rule: Rule) -> Rule:
    """Without percentile conditions: a live rule's thresholds stand still, the reference's move with the clock."""
    return Rule(_plain(rule.include), _plain(rule.exclude) if rule.exclude is not None else None)


def _plain(node: Node) -> Any:
    if isinstance(node, Group):
        return replace(node, conditions=tuple(_plain(child) for child in node.conditions))
    return Attribute(node.key, nodes.Test(ValueType.ANY, "is_set")) if isinstance(node, Percentile) else node


@strategies.tried(110)
@given(world=strategies.worlds(), rules=_some_rules(), until=strategies.nows(), span=st.sampled_from(SPANS))
def test_whoever_the_clock_alone_moves_is_in_the_strips(
    all_time: None, world: World, rules: list[Rule], until: datetime, span: timedelta
) -> None:
    since = until - span
    with transaction.atomic():
        base = put(world, all_time=True)
        together: dict[int, set[int]] = {number: set() for number in range(len(rules))}
        around = base.surroundings(until, at_past=True)
        for customer, number in postgres.rows(strips_of(dict(enumerate(rules)), around, since, until)):
            together[number].add(customer)
        for number, rule in enumerate(rules):
            alone = base.names(postgres.ids(strips(rule, around, since, until)))
            assert alone == base.names(together[number])
            assert _moved(rule, _known_at(world, since), since, until) <= alone, to_document(rule)
        transaction.set_rollback(True)


def _known_at(world: World, now: datetime) -> World:
    """Without what other segments do later, which is no work of the clock."""
    return replace(world, customers=[_without_later(one, now) for one in world.customers])


def _without_later(customer: Customer, now: datetime) -> Customer:
    return replace(customer, changes=tuple(change for change in customer.changes if change.at <= now))


def _moved(rule: Rule, world: World, since: datetime, until: datetime) -> set[str]:
    before, after = (evaluator.members(rule, now=at, world=world) for at in (since, until))
    return before ^ after


@strategies.tried(60)
@given(world=strategies.worlds(most=2), rules=_some_rules(), now=strategies.nows())
def test_an_explanation_is_the_references_and_says_when_each_condition_turns(
    all_time: None, world: World, rules: list[Rule], now: datetime
) -> None:
    world = _known_at(world, now)
    with transaction.atomic():
        base = put(world, all_time=True)
        settle(base, now)
        for number, rule in enumerate(rules):
            _explained(base, rule, world.customers[number % len(world.customers)], now)
        transaction.set_rollback(True)


def _explained(base: Put, rule: Rule, customer: Customer, now: datetime) -> None:
    found = explain(rule=rule, customer_id=base.customers[customer.id], now=now)
    said = {node["pointer"]: node for node in _every(found["tree"])}
    assert found["member"] == evaluator.matches(rule, customer, now=now, world=base.world)
    for pointer, node, _ in walk(rule):
        truth = evaluator.holds(node, customer, now=now, world=base.world)
        assert said[pointer]["truth"] == truth, (to_document(rule), pointer)
        assert bool(said[pointer]["missing"]) <= (not truth)
        _turns_there(base, node, customer, now, said[pointer]["flips_at"])


def _every(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _every(child)


def _turns_there(base: Put, node: Node, customer: Customer, now: datetime, flips_at: datetime | None) -> None:
    """The truth is another one from that instant on, and the same until then."""
    truth = evaluator.holds(node, customer, now=now, world=base.world)
    steps = [
        now + length.length + nudge
        for length in strategies.LENGTHS
        for nudge in (timedelta(0), -strategies.MICROSECOND)
    ]
    if flips_at is not None:
        assert evaluator.holds(node, customer, now=flips_at, world=base.world) is not truth, (node, flips_at)
        steps = [at for at in steps if at < flips_at] + [flips_at - strategies.MICROSECOND]
    for at in steps:
        assert evaluator.holds(node, customer, now=at, world=base.world) is truth, (node, at, flips_at)
