"""Several rules as one: a customer belongs to it who belongs to any of them."""

from __future__ import annotations

from collections.abc import Sequence

from segmentation.rules.nodes import Group, Node, Rule


def any_of(rules: Sequence[Rule]) -> Rule:
    """The rule that holds where any of these does.

    An exclusion that all of them have stays the exclusion of the whole, as `(a - x) or (b - x)` is `(a or b) - x`; any
    other one goes with its own rule. Conditions that several rules share stand once.
    """
    excluded = {rule.exclude for rule in rules}
    common = rules[0].exclude if len(excluded) == 1 else None
    ways: list[Node] = []
    for rule in rules:
        ways.extend(_ways(rule, alone=common is not None))
    return Rule(Group("any", tuple(dict.fromkeys(ways))), common)


def _ways(rule: Rule, *, alone: bool) -> tuple[Node, ...]:
    """The conditions of which one is enough to belong to a rule; `alone` leaves its exclusion to others."""
    if rule.exclude is None or alone:
        if rule.include.op == "any":
            return rule.include.conditions
        return (_single(rule.include),)
    return (Group("all", (*_all(rule.include), _not(rule.exclude))),)


def _all(group: Group) -> tuple[Node, ...]:
    return group.conditions if group.op == "all" else (_single(group),)


def _not(group: Group) -> Group:
    return Group("none", group.conditions if group.op == "any" else (_single(group),))


def _single(group: Group) -> Node:
    """A group of one condition is that condition."""
    return group.conditions[0] if len(group.conditions) == 1 and group.op != "none" else group
