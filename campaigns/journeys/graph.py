"""The flow as a graph: which node leads where, what is reached, where it runs in a circle, how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaigns.journeys.nodes import Branch, Exit, Node


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the drawn flow. `label` is the way in (`yes`, `no` or empty); `again` says it is drawn above already."""

    key: str
    node: Node
    depth: int
    label: str = ""
    again: bool = False


def ways(node: Node) -> tuple[tuple[str, str], ...]:
    """The ways out of a node, as pairs of the field that names the target and the target's key."""
    if isinstance(node, Branch):
        return (("yes", node.yes), ("no", node.no))
    if isinstance(node, Exit):
        return ()
    return (("next", node.next),)


def reached(first: str, nodes: Mapping[str, Node]) -> set[str]:
    """The keys of the nodes that some way from the first one leads to."""
    seen: set[str] = set()
    waiting = [first] if first in nodes else []
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        waiting.extend(target for _, target in ways(nodes[key]) if target in nodes)
    return seen


def circles(nodes: Mapping[str, Node]) -> list[tuple[str, str, list[str]]]:
    """Each way that closes a circle: the node, the field, and the keys of the circle in order."""
    found: list[tuple[str, str, list[str]]] = []
    done: set[str] = set()
    for key in nodes:
        _search(key, nodes, [], done, found)
    return found


def _search(
    key: str, nodes: Mapping[str, Node], path: list[str], done: set[str], found: list[tuple[str, str, list[str]]]
) -> None:
    if key in done or key not in nodes:
        return
    path.append(key)
    for field, target in ways(nodes[key]):
        if target in path:
            found.append((key, field, [*path[path.index(target) :], target]))
        else:
            _search(target, nodes, path, done, found)
    path.pop()
    done.add(key)


def lines(first: str, nodes: Mapping[str, Node]) -> Iterator[Line]:
    """The flow from the first node, as an indented list: a branch's ways one level deeper, each node drawn once.

    Only for a flow without circles.
    """
    yield from _lines(first, nodes, 0, "", set())


def _lines(key: str, nodes: Mapping[str, Node], depth: int, label: str, drawn: set[str]) -> Iterator[Line]:
    node = nodes[key]
    again = key in drawn
    yield Line(key, node, depth, label, again)
    if again:
        return
    drawn.add(key)
    for field, target in ways(node):
        forked = isinstance(node, Branch)
        yield from _lines(target, nodes, depth + forked, field if forked else "", drawn)
