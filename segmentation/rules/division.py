"""A rule in two: those of whom a condition holds as well, and the others."""

from __future__ import annotations

from segmentation.rules.nodes import Group, Node, Rule


def divided(rule: Rule, condition: Node) -> tuple[Rule, Rule]:
    """The rule with the condition, and the rule without it.

    Every node is true or false for every customer, never unknown (rules.md), so that whoever belongs to the rule belongs to
    exactly one of the two: a missing value makes the condition false, and its `none` true.
    """
    return _narrowed(rule, condition), _narrowed(rule, _not(condition))


def _narrowed(rule: Rule, condition: Node) -> Rule:
    kept = rule.include.conditions if rule.include.op == "all" else (_single(rule.include),)
    more = condition.conditions if isinstance(condition, Group) and condition.op == "all" else (condition,)
    return Rule(Group("all", tuple(dict.fromkeys((*kept, *more)))), rule.exclude)


def _not(condition: Node) -> Group:
    """Not any of them is none of them."""
    if isinstance(condition, Group) and condition.op == "any":
        return Group("none", condition.conditions)
    return Group("none", (condition,))


def _single(group: Group) -> Node:
    """A group of one condition is that condition."""
    return group.conditions[0] if len(group.conditions) == 1 and group.op != "none" else group
