"""Every node of a rule with its place in the document."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.rules.nodes import Group, Node, Rule


def walk(rule: Rule) -> Iterator[tuple[str, Node, int]]:
    """`(pointer, node, depth)` in the order of the document, groups before what they hold; `include` has depth 1."""
    yield from _walk("/include", rule.include, 1)
    if rule.exclude is not None:
        yield from _walk("/exclude", rule.exclude, 1)


def _walk(pointer: str, node: Node, depth: int) -> Iterator[tuple[str, Node, int]]:
    yield pointer, node, depth
    if isinstance(node, Group):
        for index, condition in enumerate(node.conditions):
            yield from _walk(f"{pointer}/conditions/{index}", condition, depth + 1)


def at(rule: Rule, pointer: str) -> Node:
    """The node at a pointer that `walk` yields. Raises LookupError where the rule has no node."""
    for found, node, _ in walk(rule):
        if found == pointer:
            return node
    raise LookupError(f"The rule has no condition at {pointer}.")


def leaves(rule: Rule) -> Iterator[Node]:
    """Every condition that is no group."""
    return (node for _, node, _ in walk(rule) if not isinstance(node, Group))
