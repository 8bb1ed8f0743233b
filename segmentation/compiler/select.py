"""Rules to statements: everybody's membership, a batch's, counts, and each condition's truth for one customer.

The text of a statement depends on the rules alone and is kept; instants, ids and customers are bound each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from segmentation.compiler.conditions import Conditions
from segmentation.compiler.memberships import reachable
from segmentation.compiler.scopes import PERSON, Batch, Everyone, Scope
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    any_of,
    call,
    column,
    filtered,
    not_,
    ordered,
    table,
)
from segmentation.compiler.statement import Compiled, Moment, Parameters, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Group, Node, Rule
from segmentation.rules.rewrite import rewrite

# PostgreSQL has at most 1,664 columns in a row; a batch has one for each distinct condition, two for a mean.
MOST_CONDITIONS = 400
CHANNELS = ("email", "sms")


@dataclass(frozen=True)
class Shape:
    """What the text of a statement depends on besides its rules."""

    dates: frozenset[str]
    at_past: bool
    fresh: bool
    totals: bool

    @property
    def catalogue(self) -> Catalogue:
        from segmentation.rules.nodes import ValueType

        return Catalogue(attributes=dict.fromkeys(self.dates, ValueType.DATE))


@lru_cache(maxsize=64)
def _dates(types: tuple[tuple[str, object], ...]) -> frozenset[str]:
    from segmentation.rules.nodes import ValueType

    return frozenset(key for key, type_ in types if type_ is ValueType.DATE)


def shape(surroundings: Surroundings) -> Shape:
    dates = _dates(tuple(surroundings.catalogue.attributes.items()))
    # In the past most totals hold later events: counting those anew would cost more than a scan.
    totals = surroundings.totals and not surroundings.at_past
    return Shape(dates, surroundings.at_past, surroundings.thresholds is None, totals)


def members(rule: Rule, surroundings: Surroundings) -> Statement:
    """One row `(id)` for each customer who belongs to the rule."""
    return _members(rule, shape(surroundings)).bind(Moment(surroundings))


def count(rule: Rule, surroundings: Surroundings, *, sample: int = 0) -> Statement:
    """One row: `members`, the `total` of customers, how many of the members each channel reaches by its name, and
    `sample`, the ids of some members, those seen last first."""
    return _count(rule, shape(surroundings), sample).bind(Moment(surroundings))


def funnel(rule: Rule, surroundings: Surroundings) -> Statement:
    """One row: how many customers are left after each step of `steps`, in order."""
    return _funnel(rule, shape(surroundings)).bind(Moment(surroundings))


def batch(rules: Mapping[int, Rule], surroundings: Surroundings, customers: Sequence[int]) -> Statement:
    """One row `(segment_id, customer_id)` for each of the customers and each rule that they belong to."""
    compiled = _batch(tuple(rules.items()), shape(surroundings))
    return compiled.bind(Moment(surroundings, customers))


def truths(nodes: Iterable[Node], surroundings: Surroundings, customers: Sequence[int]) -> Statement:
    """One row `(customer_id, t0, v0, t1, v1, …)` for each of the customers: for each node in order whether it is true
    of them, and the value that it looked at as JSON."""
    return _truths(tuple(nodes), shape(surroundings)).bind(Moment(surroundings, customers))


def portions(rules: Mapping[int, Rule]) -> list[dict[int, Rule]]:
    """The rules in portions small enough for one statement each."""
    found: list[dict[int, Rule]] = []
    seen: set[Node] = set()
    if sum(len(_conditions(rule)) for rule in rules.values()) <= MOST_CONDITIONS:
        return [dict(rules)] if rules else []
    for key, rule in rules.items():
        conditions = set(_conditions(rule))
        if not found or len(seen | conditions) > MOST_CONDITIONS:
            found.append({})
            seen = set()
        found[-1][key] = rule
        seen |= conditions
    return found


def steps(rule: Rule) -> list[tuple[str, Node]]:
    """The steps of a rule's funnel with their pointers: the conditions that must all hold, then what is excluded."""
    top = rule.include
    if top.op == "all":
        found: list[tuple[str, Node]] = [(f"/include/conditions/{i}", child) for i, child in enumerate(top.conditions)]
    else:
        found = [("/include", top)]
    if rule.exclude is not None:
        found.append(("/exclude", rule.exclude))
    return found


def everyone(shape: Shape, parameters: Parameters | None = None, *, of_since: bool = False) -> Everyone:
    """A scope over all customers, for a statement of its own or as part of the one with these parameters."""
    parameters = Parameters() if parameters is None else parameters
    return Everyone(shape.catalogue, parameters, of_since, shape.at_past, shape.totals)


def some(shape: Shape, parameters: Parameters | None = None) -> Batch:
    """A scope over the customers that a statement is bound to."""
    parameters = Parameters() if parameters is None else parameters
    return Batch(shape.catalogue, parameters, False, shape.at_past, shape.totals)


def people(scope: Scope, *columns: Expression, held: Expression | None = None) -> exp.Select:
    """The customers of a scope of whom a condition is true, with every table that its conditions need."""
    query = exp.select(*columns, copy=False).from_(table("customers_customer", PERSON), copy=False)
    query = scope.join_to(query, held).where(*scope.theirs(column("id", PERSON)), copy=False)
    return query if held is None else query.where(held, copy=False)


@lru_cache(maxsize=256)
def _members(rule: Rule, shape: Shape) -> Compiled:
    scope = everyone(shape)
    belongs = Conditions(scope, fresh=shape.fresh).belongs(rewrite(rule))
    query = people(scope, column("id", PERSON), held=belongs)
    return finished(query, scope.parameters)


@lru_cache(maxsize=256)
def _count(rule: Rule, shape: Shape, sample: int) -> Compiled:
    """The members once with who reaches them, as a table that is counted and sampled."""
    scope = everyone(shape)
    belongs = Conditions(scope, fresh=shape.fresh).belongs(rewrite(rule))
    columns = (column(name, PERSON) for name in ("id", "email", "phone", "last_seen_at"))
    found = people(scope, *columns, held=belongs)
    total = exp.select(exp.Count(this=exp.Star()), copy=False).from_(table("customers_customer", "t"), copy=False)
    # Consents are joined to the members alone: the planner would join them to everybody first.
    beside = everyone(shape, scope.parameters)
    counted = [
        aliased(exp.Count(this=exp.Star()), "members"),
        aliased(exp.Subquery(this=total), "total"),
        *(aliased(filtered(exp.Count(this=exp.Star()), reachable(one, beside)), one) for one in CHANNELS),
        *([aliased(_sample(sample), "sample")] if sample else []),
    ]
    query = beside.join_to(exp.select(*counted, copy=False).from_(table("found", PERSON), copy=False))
    return finished(query.with_("found", as_=found, materialized=True, copy=False), scope.parameters)


def _sample(many: int) -> Expression:
    seen = exp.Ordered(this=column("last_seen_at", "s"), desc=True, nulls_first=False)
    query = exp.select(column("id", "s"), copy=False).from_(table("found", "s"), copy=False)
    query = query.order_by(seen, ordered(column("id", "s"), descending=True), copy=False).limit(many, copy=False)
    return call("array", query)


@lru_cache(maxsize=256)
def _funnel(rule: Rule, shape: Shape) -> Compiled:
    scope = everyone(shape)
    conditions = Conditions(scope, fresh=shape.fresh)
    columns: list[Expression] = []
    held: list[Expression] = []
    for index, (pointer, node) in enumerate(steps(rule)):
        truth = conditions.truth(node)
        held.append(not_(truth) if pointer == "/exclude" else truth)
        left = filtered(exp.Count(this=exp.Star()), all_of(held))
        columns.append(aliased(left, f"step{index}"))
    if not columns:
        columns = [aliased(exp.Count(this=exp.Star()), "step0")]
    return finished(people(scope, *columns), scope.parameters)


@lru_cache(maxsize=256)
def _batch(rules: tuple[tuple[int, Rule], ...], shape: Shape) -> Compiled:
    """Each distinct condition is one column of `facts`, whatever number of rules ask for it; rules read the columns."""
    scope = some(shape)
    rules = tuple((key, rewrite(rule)) for key, rule in rules)
    facts = _facts((node for _, rule in rules for node in _conditions(rule)), scope, shape)
    answers = exp.Values(
        expressions=[
            exp.Tuple(expressions=[scope.parameters.add(key, "bigint"), _belongs(rule, facts)]) for key, rule in rules
        ],
        alias=exp.TableAlias(
            this=exp.to_identifier("answers"), columns=[exp.to_identifier("segment_id"), exp.to_identifier("belongs")]
        ),
    )
    query = exp.select(column("segment_id", "answers"), column("customer_id", "facts"), copy=False)
    query = query.from_(table("facts", "facts"), copy=False)
    lateral = exp.Lateral(this=answers)
    query = query.join(lateral, join_type="cross", copy=False).where(column("belongs", "answers"), copy=False)
    return finished(_with_facts(query, dict(facts.values()), scope), scope.parameters)


@lru_cache(maxsize=64)
def _truths(nodes: tuple[Node, ...], shape: Shape) -> Compiled:
    scope = some(shape)
    return finished(facts_query(nodes, scope, shape), scope.parameters)


def facts_query(nodes: Sequence[Node], scope: Batch, shape: Shape) -> exp.Select:
    """The rows of `truths` for the customers of a scope."""
    facts = _facts((leaf for node in nodes for leaf in _leaves(node)), scope, shape)
    reader = Conditions(scope, fresh=shape.fresh)
    looks = {f"v{index}": reader.looked_at(node) for index, node in enumerate(nodes)}
    columns = [column("customer_id", "facts")]
    for index, node in enumerate(nodes):
        columns += [aliased(_combined(node, facts), f"t{index}"), column(f"v{index}", "facts")]
    query = exp.select(*columns, copy=False).from_(table("facts", "facts"), copy=False)
    return _with_facts(query, {**dict(facts.values()), **looks}, scope)


def _facts(conditions: Iterable[Node], scope: Batch, shape: Shape) -> dict[Node, tuple[str, Expression]]:
    """Each distinct condition with the name of its column."""
    reader = Conditions(scope, fresh=shape.fresh)
    distinct = dict.fromkeys(conditions)
    return {node: (f"f{index}", reader.truth(node)) for index, node in enumerate(distinct, 1)}


def _with_facts(query: exp.Select, facts: Mapping[str, Expression], scope: Batch) -> exp.Select:
    """The query over `facts`, a row of these columns for each customer, with the one reading of events before it."""
    columns = [aliased(fact, name) for name, fact in facts.items()]
    everybody = people(scope, aliased(column("id", PERSON), "customer_id"), *columns)
    happened = scope.events_read()
    if happened is not None:
        query = query.with_(Batch.EVENTS, as_=happened, materialized=True, copy=False)
    return query.with_("facts", as_=everybody, materialized=True, copy=False)


def _belongs(rule: Rule, facts: Mapping[Node, tuple[str, Expression]]) -> Expression:
    included = _combined(rule.include, facts)
    return included if rule.exclude is None else all_of([included, not_(_combined(rule.exclude, facts))])


def _combined(node: Node, facts: Mapping[Node, tuple[str, Expression]]) -> Expression:
    if not isinstance(node, Group):
        return column(facts[node][0], "facts")
    parts = [_combined(child, facts) for child in node.conditions]
    if node.op == "all":
        return all_of(parts)
    return any_of(parts) if node.op == "any" else not_(any_of(parts))


@lru_cache(maxsize=2048)
def _conditions(rule: Rule) -> list[Node]:
    return [*_leaves(rule.include), *(_leaves(rule.exclude) if rule.exclude is not None else ())]


def _leaves(node: Node) -> list[Node]:
    if not isinstance(node, Group):
        return [node]
    return [leaf for child in node.conditions for leaf in _leaves(child)]
