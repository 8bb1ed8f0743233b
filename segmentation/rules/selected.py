"""Which events the conditions of a rule select, and which of their properties they read."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.rules.catalogue import EVENT_BUILT_IN
from segmentation.rules.nodes import Compare, Event, Latest, Measured, Node, Rule, Selector, Sequence
from segmentation.rules.walk import leaves


def measured_in(node: Node) -> tuple[Measured, ...]:
    """The measures that a condition compares."""
    if isinstance(node, Event):
        return (node.measured,)
    if isinstance(node, Compare):
        return tuple(side for side in (node.left, node.right) if isinstance(side, Measured))
    return ()


def selectors_of(node: Node) -> Iterator[tuple[Selector, tuple[str, ...]]]:
    """What a condition selects, each with the properties that it reads besides its `where`."""
    for measured in measured_in(node):
        name = measured.measure.property
        yield measured.selector, () if name is None else (name,)
    if isinstance(node, Latest):
        yield node.selector, (node.property,)
    elif isinstance(node, Sequence):
        yield node.first, node.same
        yield node.then, node.same


def properties_read(rule: Rule) -> frozenset[tuple[str, str]]:
    """The received properties that a rule reads, each with the name of its event; of any event (`*`) none."""
    return frozenset(
        (name, key)
        for node in leaves(rule)
        for selector, besides in selectors_of(node)
        for name in selector.names
        for key in (*besides, *(line.property for line in selector.where))
        if name != "*" and key not in EVENT_BUILT_IN
    )
