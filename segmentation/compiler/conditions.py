"""What each node of a rule says in SQL: the one place that knows. True or false for every customer, never unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from segmentation.compiler import events, memberships, orders, percentiles
from segmentation.compiler.attributes import profile_value
from segmentation.compiler.operators import condition
from segmentation.compiler.scans import one_scan_each
from segmentation.compiler.scopes import PERSON, Everyone, Scope
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    any_of,
    call,
    cast,
    column,
    compared,
    is_missing,
    is_present,
    is_true,
    not_,
    number,
    plus,
    table,
    times,
    word,
)
from segmentation.compiler.statement import Instant, Threshold
from segmentation.compiler.values import Amount, Quotient, Value
from segmentation.rules.edges import ORDER_TRAITS
from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Compare,
    Consent,
    Event,
    Group,
    Latest,
    Measure,
    Measured,
    Node,
    Percentile,
    Rule,
    Segment,
    Side,
    Test,
    ValueType,
)
from segmentation.rules.nodes import Sequence as SequenceNode
from segmentation.rules.operators import positive_of


class Conditions:
    """Conditions on a customer `c` within a scope. `fresh` computes percentile thresholds in the statement."""

    def __init__(self, scope: Scope, *, fresh: bool = True) -> None:
        self.scope = scope
        self.fresh = fresh

    def belongs(self, rule: Rule) -> Expression:
        """Whether the customer belongs to the rule."""
        included = self._included(rule.include, self.scope) if isinstance(self.scope, Everyone) else None
        included = included or self.truth(rule.include)
        return included if rule.exclude is None else all_of([included, not_(self.truth(rule.exclude))])

    def _included(self, include: Group, scope: Everyone) -> Expression | None:
        """The conditions on events of all time come after the others, and where those leave few, for these alone;
        None where there are none of the one or of the other kind."""
        scope.insisted = self._insisted(include)
        deep = [node for node in include.conditions if isinstance(node, Event) and scope.deep(node.measured)]
        others = [node for node in include.conditions if node not in deep]
        selective = any(isinstance(node, Event | SequenceNode | Segment | Percentile) for node in others)
        if include.op != "all" or not deep or not selective:
            return None
        left = scope.left = self._left(others, scope)
        person = scope.joined(left, lambda: exp.select("*", copy=False).from_(exp.to_table(left), copy=False))
        return all_of([is_present(column("customer_id", person)), *self.truths("all", deep)])

    def _left(self, nodes: list[Node], scope: Everyone) -> str:
        """A table of the statement with those of whom all of the nodes are true."""
        own = scope.beside()
        own.insisted = scope.insisted
        held = all_of(Conditions(own, fresh=self.fresh).truths("all", nodes))
        query = exp.select(aliased(column("id", PERSON), "customer_id"), copy=False)
        query = own.join_to(query.from_(table("customers_customer", PERSON), copy=False), held).where(held, copy=False)
        name = f"left{len(scope.parameters.named)}"
        scope.parameters.named[name] = query
        return name

    def _insisted(self, include: Group) -> Expression | None:
        """What a rule asks of everybody's own row, which is cheap to know before anything is looked up."""
        asked = include.conditions if include.op == "all" else ()
        own = [node for node in asked if isinstance(node, Attribute) and node.key not in ORDER_TRAITS]
        return all_of(self.truth(node) for node in own) if own else None

    def truth(self, node: Node) -> Expression:
        return _TRUTHS[type(node)](self, node)

    def group(self, node: Group) -> Expression:
        conditions = self.truths(node.op, node.conditions)
        if node.op == "all":
            return all_of(conditions)
        return any_of(conditions) if node.op == "any" else not_(any_of(conditions))

    def truths(self, op: str, nodes: Sequence[Node]) -> list[Expression]:
        """The conditions of a group; those that one scan of everybody's events answers are one."""
        if not isinstance(self.scope, Everyone):
            return [self.truth(node) for node in nodes]
        scanned = [node for node in nodes if isinstance(node, Event) and not self._by_totals(node, self.scope)]
        scans: dict[Node, tuple[Event, ...]] = {node: scan for scan in one_scan_each(scanned) for node in scan}
        asked = dict.fromkeys(scans.get(node, node) for node in nodes)
        return [self._scanned(op, one, self.scope) if isinstance(one, tuple) else self.truth(one) for one in asked]

    def attribute(self, node: Attribute) -> Expression:
        return condition(self.value(node.key, bare=not passes_at_nothing(node.test)), node.test, self.scope.operands)

    def value(self, key: str, *, bare: bool = False) -> Value:
        """An attribute of the customer. `bare` leaves what is 0 without orders missing instead."""
        scope = self.scope
        trait = orders.order_trait(key, scope, bare=bare)
        if trait is not None:
            return trait
        seconds = scope.catalogue.reads_seconds(key)
        return profile_value(key, PERSON, scope.parameters, seconds=seconds, of_since=scope.of_since)

    def event(self, node: Event) -> Expression:
        if isinstance(self.scope, Everyone):
            return self._event_of_everyone(node, self.scope)
        return condition(self.scope.measured(node.measured), node.test, self.scope.operands)

    def _event_of_everyone(self, node: Event, scope: Everyone) -> Expression:
        """Joins only the customers whose measure decides: those without events stand outside and need no row."""
        if not (asks_whether(node) and scope.lately(node.measured)):
            return self._scanned("all", (node,), scope)
        happened = column("customer_id", scope.joined(("lately", node.measured), lambda: scope.met(node.measured)))
        return is_missing(happened) if holds_over_nothing(node) else is_present(happened)

    def _by_totals(self, node: Event, scope: Everyone) -> bool:
        """Whether the running totals answer, and no event is read."""
        return scope.totalled(node.measured) or (asks_whether(node) and scope.lately(node.measured))

    def _scanned(self, op: str, nodes: tuple[Event, ...], scope: Everyone) -> Expression:
        """All of the conditions, or any of them, from one scan of the events that they share."""
        several, joint = (all, all_of) if op == "all" else (any, any_of)
        empty = several(holds_over_nothing(node) for node in nodes)

        def passes(found: Sequence[events.Aggregates]) -> Expression:
            values = [events.measured_value(one.parts, one.empty) for one in found]
            passed = joint(
                condition(value, node.test, scope.operands) for value, node in zip(values, nodes, strict=True)
            )
            return not_(passed) if empty else passed

        key = (op, nodes) if len(nodes) > 1 else nodes[0]
        decided = column("customer_id", scope.joined(key, lambda: scope.decided([n.measured for n in nodes], passes)))
        return is_missing(decided) if empty else is_present(decided)

    def latest(self, node: Latest) -> Expression:
        return condition(self.scope.latest(node), node.test, self.scope.operands)

    def sequence(self, node: SequenceNode) -> Expression:
        return is_present(column("customer_id", self.scope.joined(node, lambda: self._started(node))))

    def _started(self, node: SequenceNode) -> exp.Select:
        """Customers with a first event that was followed, or was not, as the node asks."""
        scope, person, time = self.scope, column("customer_id", "a"), column("time", "a")
        first = scope.rows(node.first, node.window, "a", node.same)
        then = scope.rows(node.then, node.window, "b", node.same)
        followed = events.followed(node, then, "a", "b", scope.operands)
        conditions = [
            *scope.theirs(person),
            *events.selected(node.first, "a", scope.operands),
            *events.within(node.window, time, scope.operands),
            exp.Not(this=followed) if node.negate else followed,
        ]
        if node.after is not None:
            waited = Instant(-node.after.length, of_since=scope.of_since)
            conditions.append(compared(time, "lte", scope.parameters.add(waited, "timestamptz")))
        query = exp.select(person, copy=False).from_(first, copy=False).where(*conditions, copy=False)
        return query.group_by(person, copy=False)

    def compare(self, node: Compare) -> Expression:
        """Both sides as fractions, multiplied out: nothing is rounded."""
        left, right = self.side(node.left), self.side(node.right)
        factor, offset = (self.scope.operands.number(x) for x in (node.factor, node.offset))
        scaled = times(right.top, factor)
        moved = offset if right.bottom is None else times(offset, right.bottom)
        far = plus(scaled, moved)
        near = left.top
        if right.bottom is not None:
            near = times(near, right.bottom)
        if left.bottom is not None:
            far = times(far, left.bottom)
        return is_true(compared(near, node.operator, far))

    def side(self, side: Side) -> Quotient:
        if isinstance(side, Measured):
            return self.scope.measured(side).number()
        if isinstance(side, AttributeSide):
            return self.value(side.key).number()
        return Quotient(self.scope.operands.number(side.value))

    def percentile(self, node: Percentile) -> Expression:
        side = "gte" if node.side == "top" else "lte"
        if isinstance(self.scope, Everyone) and not self.fresh and orders.is_sum(node.key):
            return self._percentile_of_sums(node, side, self.scope)
        value = Amount(Quotient(self.value(node.key).number().plain()))
        return is_true(value.number().compared(side, self.limit(node)))

    def _percentile_of_sums(self, node: Percentile, side: str, scope: Everyone) -> Expression:
        """Joins only those whose orders decide otherwise than none would; PostgreSQL knows the threshold as it plans."""
        limit = self.limit(node)
        without = is_true(compared(cast(number(0), "numeric"), side, limit))

        def make() -> exp.Select:
            sums = orders.sums_there_are(node.key, scope.beside())
            query = exp.select(column("customer_id", "s"), copy=False).from_(sums.subquery("s", copy=False), copy=False)
            passes = is_true(compared(column("x", "s"), side, limit))
            return query.where(exp.NEQ(this=exp.Paren(this=passes), expression=exp.Paren(this=without)), copy=False)

        decided = is_present(column("customer_id", scope.joined(node, make)))
        return exp.NEQ(this=exp.Paren(this=decided), expression=exp.Paren(this=without))

    def limit(self, node: Percentile) -> Expression:
        """The threshold: the stored one, or one computed over all customers, whoever the statement is about."""
        if not self.fresh:
            return self.scope.parameters.add(Threshold(node), "numeric")
        everyone = self.scope.beside()
        value = Conditions(everyone).value(node.key)
        return exp.Subquery(this=percentiles.threshold(node, everyone, value))

    def segment(self, node: Segment) -> Expression:
        return memberships.in_segment(node, self.scope)

    def consent(self, node: Consent) -> Expression:
        return memberships.consents(node, self.scope)

    def looked_at(self, node: Node) -> Expression:
        """The value that a condition compares, as JSON; NULL where there is none to show."""
        match node:
            case Attribute(key):
                return self.value(key).shown()
            case Event(measured):
                return self.scope.measured(measured).shown()
            case Latest():
                return self.scope.latest(node).shown()
            case Compare(left, _, right):
                return _both("left", self.side(left).plain(), "right", self.side(right).plain())
            case Percentile(key):
                return _both("value", self.value(key).number().plain(), "threshold", self.limit(node))
            case Consent(channel):
                return call("to_jsonb", memberships.consent_state(channel, self.scope))
        return cast(exp.null(), "jsonb")


def _both(one: str, first: Expression, other: str, second: Expression) -> Expression:
    return call("jsonb_build_object", word(one), first, word(other), second)


_TRUTHS: Mapping[type, Callable[[Conditions, Any], Expression]] = MappingProxyType(
    {
        Group: Conditions.group,
        Attribute: Conditions.attribute,
        Event: Conditions.event,
        Latest: Conditions.latest,
        SequenceNode: Conditions.sequence,
        Compare: Conditions.compare,
        Percentile: Conditions.percentile,
        Segment: Conditions.segment,
        Consent: Conditions.consent,
    }
)


def holds_over_nothing(node: Event) -> bool:
    """Whether the condition is true of a customer without a single matching event."""
    _, negated = positive_of(node.test.type, node.test.operator)
    if node.measured.measure.aggregate in ("avg", "min", "max"):
        return negated
    return passes_at_nothing(node.test) is not negated


def asks_whether(node: Event) -> bool:
    """Whether a count only asks if there was an event at all: each number from 1 on answers as 1 does."""
    test, one = node.test, Decimal(1)
    if node.measured.measure != Measure("count") or not isinstance(test.operand, Decimal):
        return False
    edges: Mapping[str, bool] = {
        "gte": 0 < test.operand <= one,
        "lt": 0 < test.operand <= one,
        "gt": 0 <= test.operand < one,
        "lte": 0 <= test.operand < one,
        "eq": test.operand == 0,
        "neq": test.operand == 0,
    }
    return test.type is ValueType.NUMBER and edges.get(test.operator, False)


def passes_at_nothing(test: Test) -> bool:
    """Whether the positive of a test of numbers is true of 0; taken to be so of any other test."""
    if test.type is not ValueType.NUMBER:
        return True
    name, _ = positive_of(test.type, test.operator)
    return _number_passes(Decimal(0), Test(test.type, name, test.operand))


def _number_passes(value: Decimal, test: Test) -> bool:
    operand: Any = test.operand
    answers: Mapping[str, Callable[[], bool]] = {
        "is_set": lambda: True,
        "eq": lambda: bool(value == operand),
        "gt": lambda: bool(value > operand),
        "gte": lambda: bool(value >= operand),
        "lt": lambda: bool(value < operand),
        "lte": lambda: bool(value <= operand),
        "between": lambda: bool(operand[0] <= value <= operand[1]),
    }
    return answers[test.operator]()
