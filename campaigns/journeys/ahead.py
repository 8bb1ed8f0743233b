"""What a journey has still to send to whoever stands at one of its steps, and how long after that step is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from campaigns.journeys.nodes import Branch, Exit, Flow, Node, Send, Wait

NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One message to come: the step that sends it, its channel, and how long after the step looked from is due."""

    node: str
    channel: str
    after: timedelta


def sends_ahead(flow: Flow) -> dict[str, tuple[Ahead, ...]]:
    """By step: the messages from the instant it is due, itself included, in their order.

    Of a branch that way is taken that has more messages to its end; of two with as many, `yes`. A wait that is due is
    over; one that lies ahead adds its time.
    """
    known: dict[str, tuple[Ahead, ...]] = {}

    def due(key: str) -> tuple[Ahead, ...]:
        if key not in known:
            known[key] = found(key)
        return known[key]

    def found(key: str) -> tuple[Ahead, ...]:
        node = flow.nodes[key]
        if isinstance(node, Exit):
            return ()
        if isinstance(node, Branch):
            return max(arriving(node.yes), arriving(node.no), key=len)
        if isinstance(node, Send):
            return (Ahead(key, node.channel, NOW), *arriving(node.next))
        return arriving(node.next)

    def arriving(key: str) -> tuple[Ahead, ...]:
        return _arriving(flow.nodes[key], due(key))

    return {key: due(key) for key in flow.nodes}


def sends_from_entry(flow: Flow) -> tuple[Ahead, ...]:
    """The messages to somebody who enters, each with how long after the entry it is sent."""
    return _arriving(flow.nodes[flow.first], sends_ahead(flow)[flow.first])


def _arriving(node: Node, due: Sequence[Ahead]) -> tuple[Ahead, ...]:
    """The messages to somebody who arrives at a step, by those from the instant it is due: a wait takes its time."""
    wait = node.duration.length if isinstance(node, Wait) else NOW
    return tuple(Ahead(one.node, one.channel, one.after + wait) for one in due)
