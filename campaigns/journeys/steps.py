"""One step along a flow: when a node is due after arriving at it, and which node comes next."""

from __future__ import annotations

from datetime import datetime

from campaigns.journeys.nodes import Branch, Exit, Flow, Node, Wait


def due_at(node: Node, *, arrived_at: datetime) -> datetime:
    """When the node is to be acted upon: a wait once its time is over, every other node at once."""
    return arrived_at + node.duration.length if isinstance(node, Wait) else arrived_at


def next_key(flow: Flow, key: str, *, answer: bool | None = None) -> str | None:
    """The node that follows; None at the end. `answer` is what the rule of a branch said."""
    node = flow.nodes[key]
    if isinstance(node, Exit):
        return None
    if not isinstance(node, Branch):
        return node.next
    if answer is None:
        raise ValueError(f"The branch {key!r} needs an answer to know which way leads on.")
    return node.yes if answer else node.no
