"""Named passes that make a rule shorter or cheaper and never change what it means.

`rewrite` runs them in the order of PASSES until nothing changes. A true constant is `Group("all", ())`, a false one
`Group("any", ())`. Two-valued logic is what makes the passes safe: a negative operator is exactly the negation of its
twin, so a negation can be moved onto it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from segmentation.rules.nodes import (
    Attribute,
    Between,
    Compare,
    Consent,
    Event,
    Ever,
    FromTo,
    Group,
    Last,
    Latest,
    Measured,
    Node,
    Percentile,
    Rule,
    Segment,
    Sequence,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.operators import OPPOSITES, twin_of

TRUE = Group("all", ())
FALSE = Group("any", ())

# Measures that have a value over no events, so that `lt` is the negation of `gte`, and counts, which are never negative.
ALWAYS_VALUED = frozenset({"count", "days_active", "sum", "distinct"})
NEVER_NEGATIVE = frozenset({"count", "days_active", "distinct"})


def rewrite(rule: Rule) -> Rule:
    """An equal rule, after all passes."""
    exclude = None if rule.exclude is None else _rewritten(rule.exclude)
    return Rule(_as_group(_rewritten(rule.include)), None if exclude is None else _as_group(exclude))


def _rewritten(node: Node) -> Node:
    while True:
        before = node
        for change in PASSES:
            node = _everywhere(node, change)
        if node == before:
            return node


def _as_group(node: Node) -> Group:
    return node if isinstance(node, Group) else Group("all", (node,))


def _everywhere(node: Node, change: Callable[[Node], Node]) -> Node:
    """A pass on every node, those inside a group before the group."""
    if isinstance(node, Group):
        node = replace(node, conditions=tuple(_everywhere(child, change) for child in node.conditions))
    return change(node)


def flatten(node: Node) -> Node:
    """`all` in `all` and `any` in `any` are one group, and so is `any` in `none`; a group of one is that one."""
    if not isinstance(node, Group):
        return node
    inner = "all" if node.op == "all" else "any"
    flat: list[Node] = []
    for child in node.conditions:
        if isinstance(child, Group) and child.conditions and child.op == inner:
            flat.extend(child.conditions)
        else:
            flat.append(child)
    if len(flat) == 1 and node.op != "none":
        return flat[0]
    return replace(node, conditions=tuple(flat))


def drop_tautologies(node: Node) -> Node:
    """Conditions that are true or false of everybody, and groups that they decide."""
    if isinstance(node, Event):
        return _constant_event(node)
    if not isinstance(node, Group):
        return node
    neutral, decisive = (TRUE, FALSE) if node.op == "all" else (FALSE, TRUE)
    if decisive in node.conditions or _contradict(node.conditions):
        return TRUE if node.op == "any" else FALSE
    kept = tuple(child for child in node.conditions if child != neutral)
    if not kept:
        return FALSE if node.op == "any" else TRUE
    return replace(node, conditions=kept)


def _contradict(conditions: tuple[Node, ...]) -> bool:
    """Whether a condition and its negation stand side by side: one of them is true and one is false."""
    known = frozenset(conditions)
    return any(negated in known for child in conditions if (negated := negation(child)) is not None)


def _constant_event(node: Event) -> Node:
    operand = node.test.operand
    if node.test.type is not ValueType.NUMBER:
        always = node.measured.measure.aggregate in ALWAYS_VALUED
        return (TRUE if node.test.operator == "is_set" else FALSE) if always else node
    if node.measured.measure.aggregate not in NEVER_NEGATIVE or not isinstance(operand, Decimal):
        return node
    operator = node.test.operator
    if (operator == "gte" and operand <= 0) or (operator in ("gt", "neq") and operand < 0):
        return TRUE
    if (operator == "lt" and operand <= 0) or (operator in ("lte", "eq") and operand < 0):
        return FALSE
    return node


def push_negation(node: Node) -> Node:
    """`none` of conditions that can all be said the other way round is `all` of those."""
    if not isinstance(node, Group) or node.op != "none":
        return node
    negated = [negation(child) for child in node.conditions]
    if any(child is None for child in negated):
        return node
    return Group("all", tuple(child for child in negated if child is not None))


def negation(node: Node) -> Node | None:
    """The condition that is true exactly where this one is false, if one condition can say it."""
    if isinstance(node, Group) and node.op in ("any", "none"):
        return replace(node, op="none" if node.op == "any" else "any")
    if isinstance(node, Event):
        test = _negated_measure(node)
        return None if test is None else replace(node, test=test)
    if isinstance(node, Attribute | Latest):
        test = _twin(node.test)
        return None if test is None else replace(node, test=test)
    if isinstance(node, Consent):
        twins = {"is": "is_not", "is_not": "is", "reachable": "not_reachable", "not_reachable": "reachable"}
        return replace(node, operator=twins[node.operator])
    return None


def _negated_measure(node: Event) -> Test | None:
    opposite = OPPOSITES.get(node.test.operator)
    if opposite is not None and node.measured.measure.aggregate in ALWAYS_VALUED:
        return replace(node.test, operator=opposite)
    return _twin(node.test)


def _twin(test: Test) -> Test | None:
    twin = twin_of(test.type, test.operator)
    return None if twin is None else replace(test, operator=twin)


def merge_duplicates(node: Node) -> Node:
    """The same condition twice in a group is said once."""
    if not isinstance(node, Group):
        return node
    return replace(node, conditions=tuple(dict.fromkeys(node.conditions)))


def merge_windows(node: Node) -> Node:
    """Of two counts of the same events the one that follows from the other is not asked: who did it three times in a
    week did it once in a month."""
    if not isinstance(node, Group):
        return node
    kept = dict(enumerate(node.conditions))
    for place, child in enumerate(node.conditions):
        others = [one for other, one in kept.items() if other != place]
        pairs = [(one, child) if node.op == "all" else (child, one) for one in others]
        if any(implies(first, second) for first, second in pairs):
            del kept[place]
    return replace(node, conditions=tuple(kept.values()))


def implies(one: Node, other: Node) -> bool:
    """Whether the other count is known to pass where the one does; False where nothing is known.

    What is never negative only grows with its window.
    """
    if not isinstance(one, Event) or not isinstance(other, Event):
        return False
    first, second = one.measured, other.measured
    same = first.selector == second.selector and first.measure == second.measure
    if not same or first.measure.aggregate not in NEVER_NEGATIVE:
        return False
    least, most = (_bounds(one.test, other.test, names) for names in (("gte", "gt"), ("lt", "lte")))
    if least is not None:
        return least[0] >= least[1] and lies_in(first.window, second.window)
    return most is not None and most[0] <= most[1] and lies_in(second.window, first.window)


def _bounds(one: Test, other: Test, names: tuple[str, str]) -> tuple[tuple[Decimal, int], tuple[Decimal, int]] | None:
    """The bounds of two tests with one of these operators, of which the first stands lower at the same number."""
    found = [
        (test.operand, names.index(test.operator))
        for test in (one, other)
        if test.operator in names and isinstance(test.operand, Decimal)
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def lies_in(inner: Window, outer: Window) -> bool:
    """Whether every instant of the one window is in the other, at any `now`."""
    match inner, outer:
        case _, Ever():
            return True
        case Between(), Between():
            return outer.start <= inner.start and inner.end <= outer.end
        case ((Last() | FromTo()), (Last() | FromTo())):
            (start, end), (first, last) = _back(inner), _back(outer)
            return start <= first and end >= last
    return False


def _back(window: Last | FromTo) -> tuple[timedelta, timedelta]:
    """How far back the window begins, and how far back it ends."""
    if isinstance(window, Last):
        return window.duration.length, timedelta()
    return window.start.length, window.end.length


def order_by_selectivity(node: Node) -> Node:
    """Cheap conditions first, so that an engine that stops early stops early; equals keep their order."""
    if not isinstance(node, Group):
        return node
    return replace(node, conditions=tuple(sorted(node.conditions, key=cost)))


def cost(node: Node) -> int:
    """How dear a condition is to answer, roughly: a profile field 1, events by how far back they have to be read."""
    match node:
        case Group(_, conditions):
            return sum(map(cost, conditions))
        case Attribute() | Consent():
            return 1
        case Segment():
            return 2
        case Percentile():
            return 5
        case Event(measured):
            return _measured_cost(measured)
        case Latest(_, _, _, _, window):
            return _window_cost(window)
        case Sequence():
            return 2 * _window_cost(node.window)
        case Compare(left, _, right):
            return sum(_measured_cost(side) if isinstance(side, Measured) else 1 for side in (left, right))


def _measured_cost(measured: Measured) -> int:
    """A plain count of ever is read from the running totals."""
    total = measured.measure.aggregate == "count" and not measured.selector.where and measured.window == Ever()
    return 3 if total else _window_cost(measured.window) + 2 * len(measured.selector.where)


def _window_cost(window: Window) -> int:
    return 40 if window == Ever() else 10


PASSES: tuple[Callable[[Node], Node], ...] = (
    flatten,
    drop_tautologies,
    push_negation,
    merge_duplicates,
    merge_windows,
    order_by_selectivity,
)
