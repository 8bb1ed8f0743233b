"""What holds for every rule, on random rules, histories and instants."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.rules import nodes
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.check import warnings
from segmentation.rules.dependencies import dependencies, edges_seconds
from segmentation.rules.describe import sentence
from segmentation.rules.faults import Fault, RuleError
from segmentation.rules.nodes import Event, Group, Measure, Measured, Node, Rule, Selector, ValueType
from segmentation.rules.operators import OPERATORS, twin_of
from segmentation.rules.parse import parse
from segmentation.rules.rewrite import PASSES, merge_windows, negation, rewrite
from segmentation.rules.walk import at, walk
from segmentation.rules.write import node_hash, rule_hash, to_document
from tests.reference import strategies as some
from tests.reference.evaluator import holds, members
from tests.reference.world import World

CATALOGUE = Catalogue()


@given(some.rules(depth=4))
@some.tried(150)
def test_a_rule_written_and_read_again_is_the_same_rule(rule: Rule) -> None:
    text = json.dumps(to_document(rule))
    assert parse(json.loads(text), catalogue=CATALOGUE) == rule
    assert parse(json.loads(text, parse_float=Decimal), catalogue=CATALOGUE) == rule
    assert rule_hash(parse(json.loads(text), catalogue=CATALOGUE)) == rule_hash(rule)


@given(some.rules())
@some.tried(80)
def test_every_rule_has_a_sentence_its_nodes_their_places_and_its_reads_a_key(rule: Rule) -> None:
    assert sentence(rule).endswith(".")
    for pointer, node, depth in walk(rule):
        assert at(rule, pointer) is node
        assert depth == pointer.count("/conditions/") + 1
        assert len(node_hash(node)) == 64
    assert all(key.split(":")[0] in ("event", "attribute", "consent", "segment") for key in dependencies(rule))
    assert edges_seconds(rule) == sorted(set(edges_seconds(rule)))
    assert all(any(found.pointer == pointer for pointer, _, _ in walk(rule)) for found in warnings(rule, CATALOGUE))


@given(some.nodes(), some.nodes(), some.worlds(most=3), some.nows())
@some.tried(60)
def test_de_morgans_laws_hold(one: Node, other: Node, world: World, now: datetime) -> None:
    def found(node: Node) -> set[str]:
        return members(Rule(Group("all", (node,))), now=now, world=world)

    def no(*conditions: Node) -> Group:
        return Group("none", conditions)

    assert found(no(one, other)) == found(Group("all", (no(one), no(other))))
    assert found(no(Group("all", (one, other)))) == found(Group("any", (no(one), no(other))))
    assert found(no(no(one))) == found(one)


@given(some.nodes(), some.worlds(most=3), some.nows())
@some.tried(100)
def test_a_negation_is_true_exactly_where_the_condition_is_false(node: Node, world: World, now: datetime) -> None:
    opposite = negation(node)
    if opposite is not None:
        for customer in world.customers:
            truth = holds(node, customer, now=now, world=world)
            assert holds(opposite, customer, now=now, world=world) is not truth


@pytest.mark.parametrize("change", PASSES, ids=lambda change: change.__name__)
@given(rule=some.rules(), world=some.worlds(most=3), now=some.nows())
@some.tried(60)
def test_a_pass_keeps_the_meaning(change: Callable[[Node], Node], rule: Rule, world: World, now: datetime) -> None:
    from segmentation.rules.rewrite import _everywhere

    for root in (rule.include, *([] if rule.exclude is None else [rule.exclude])):
        changed = _everywhere(root, change)
        for customer in world.customers:
            truth = holds(root, customer, now=now, world=world)
            assert holds(changed, customer, now=now, world=world) is truth


def counts() -> st.SearchStrategy[Event]:
    """Counts of all events that often follow from one another."""
    measure = st.sampled_from(("count", "days_active")).map(Measure)
    selected = st.builds(Measured, st.just(Selector(("*",))), measure, some.windows())
    number = st.integers(0, 3).map(Decimal)
    test = st.builds(nodes.Test, st.just(ValueType.NUMBER), st.sampled_from(("gte", "gt", "lt", "lte")), number)
    return st.builds(Event, selected, test)


@given(st.lists(counts(), max_size=6), st.sampled_from(("all", "any", "none")), some.worlds(most=3), some.nows())
@some.tried(80)
def test_a_count_is_left_out_only_where_it_follows(asked: list[Event], op: str, world: World, now: datetime) -> None:
    rules = [Rule(Group("all", (node,))) for node in (Group(op, tuple(asked)), merge_windows(Group(op, tuple(asked))))]
    before, after = (members(rule, now=now, world=world) for rule in rules)
    assert before == after


@given(some.rules(depth=4), some.worlds(most=3), some.nows())
@some.tried(60)
def test_rewriting_keeps_the_members_and_comes_to_rest(rule: Rule, world: World, now: datetime) -> None:
    rewritten = rewrite(rule)
    assert members(rewritten, now=now, world=world) == members(rule, now=now, world=world)
    assert rewrite(rewritten) == rewritten


def test_every_negative_operator_names_its_twin_and_is_named_by_it() -> None:
    for (type_, name), operator in OPERATORS.items():
        if operator.negates is not None:
            assert twin_of(type_, name) == operator.negates
            assert twin_of(type_, operator.negates) == name


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.decimals()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def faults_of(document: Any) -> tuple[Fault, ...]:
    try:
        parse(document, catalogue=CATALOGUE)
    except RuleError as error:
        return error.faults
    return ()


@given(some.rules(), st.data(), JSON)
@some.tried(200)
def test_whatever_stands_in_a_document_parse_answers_with_a_rule_or_with_faults(
    rule: Rule, data: st.DataObject, wrong: Any
) -> None:
    document = {"": to_document(rule)}
    path = data.draw(st.sampled_from(places(document)[1:]))
    *way, last = path
    holder: Any = document
    for step in way:
        holder = holder[step]
    holder[last] = wrong
    pointed = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path[1:])
    for fault in faults_of(document[""]):
        assert fault.message.endswith(".") and fault.code
        beside = pointed.rpartition("/")[0]
        assert pointed.startswith(fault.pointer) or fault.pointer.startswith(beside)
