"""What a rule reads: the keys under which a change of a customer finds the segments that it may move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from segmentation.rules.edges import ORDER_TRAITS, ORDERS, RETURNS, Edge, edges, edges_of, edges_seconds
from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Compare,
    Consent,
    Event,
    Latest,
    Measured,
    Node,
    Percentile,
    Rule,
    Segment,
    Selector,
    Sequence,
    Side,
    ValueType,
)
from segmentation.rules.walk import leaves

__all__ = ["Edge", "dependencies", "dependencies_of", "edges", "edges_of", "edges_seconds"]

# Attributes that follow from others, with what they follow from.
FOLLOWS_FROM: Mapping[str, tuple[str, ...]] = {
    "age": ("attribute:birthday",),
    "known": ("attribute:user_id", "attribute:email", "attribute:phone"),
    "created_at": ("attribute:first_seen_at",),
    **{key: tuple(f"event:{name}" for name in ORDERS.names + RETURNS.names) for key in ORDER_TRAITS},
}

# The profile fields that hold a channel's address; a push channel's are subscriptions, which mark as its consent.
ADDRESSES: Mapping[str, str] = {"email": "email", "sms": "phone", "whatsapp": "phone", "phone": "phone"}

CLOCK_PROPERTIES = frozenset({"$hour", "$weekday"})


def dependencies(rule: Rule) -> frozenset[str]:
    """`event:NAME`, `event:*`, `attribute:KEY`, `consent:CHANNEL` and `segment:SLUG` of everything the rule reads."""
    return dependencies_of(leaves(rule))


def dependencies_of(nodes: Iterable[Node]) -> frozenset[str]:
    """The same for some conditions."""
    return frozenset(key for node in nodes for key in _reads(node))


def _reads(node: Node) -> Iterator[str]:
    match node:
        case Attribute(key) | Percentile(key):
            yield from _attribute(key)
        case Event(measured):
            yield from _measured(measured)
        case Latest(selector, _, name):
            yield from _selector(selector, name)
        case Sequence(first, then):
            yield from _selector(first, *node.same)
            yield from _selector(then)
        case Compare(left, _, right):
            yield from _side(left)
            yield from _side(right)
        case Segment(segment):
            yield f"segment:{segment}"
        case Consent(channel, operator):
            yield f"consent:{channel}"
            if operator.endswith("reachable") and channel in ADDRESSES:
                yield f"attribute:{ADDRESSES[channel]}"


def _side(side: Side) -> Iterator[str]:
    if isinstance(side, Measured):
        yield from _measured(side)
    elif isinstance(side, AttributeSide):
        yield from _attribute(side.key)


def _attribute(key: str) -> Iterator[str]:
    yield f"attribute:{key}"
    yield from FOLLOWS_FROM.get(key, ())


def _measured(measured: Measured) -> Iterator[str]:
    return _selector(measured.selector, measured.measure.property or "")


def _selector(selector: Selector, *properties: str) -> Iterator[str]:
    for name in selector.names:
        yield f"event:{name}"
    if not CLOCK_PROPERTIES.isdisjoint((*properties, *(line.property for line in selector.where))):
        yield "attribute:timezone"


def read_attributes(node: Node) -> Iterator[tuple[str, ValueType]]:
    """The attributes that a condition itself names, each with the type it is read as."""
    match node:
        case Attribute(key, test):
            yield key, test.type
        case Percentile(key):
            yield key, ValueType.NUMBER
        case Compare(left, _, right):
            yield from ((side.key, ValueType.NUMBER) for side in (left, right) if isinstance(side, AttributeSide))
