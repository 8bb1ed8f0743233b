"""Whose members a rule leaves out by name: nobody who is in such a segment can belong to the rule."""

from __future__ import annotations

from segmentation.rules.nodes import Group, Node, Rule, Segment


def segments_left_out(rule: Rule) -> frozenset[str]:
    """The slugs of segments whose every member the rule leaves out: each is enough by itself to be excluded."""
    excluded = _enough(rule.exclude) if rule.exclude is not None else frozenset()
    return excluded | _refused(rule.include)


def _enough(node: Node) -> frozenset[str]:
    """The segments of which being in one is enough for the node to be true."""
    if isinstance(node, Segment):
        return frozenset({node.segment}) if node.state == "in" else frozenset()
    if not isinstance(node, Group) or node.op == "none":
        return frozenset()
    if node.op == "any" or len(node.conditions) == 1:
        return frozenset().union(*(_enough(child) for child in node.conditions))
    return frozenset()


def _refused(node: Node) -> frozenset[str]:
    """The segments of which being in one makes the node false."""
    if not isinstance(node, Group) or (node.op == "any" and len(node.conditions) != 1):
        return frozenset()
    inner = _enough if node.op == "none" else _refused
    return frozenset().union(*(inner(child) for child in node.conditions))
