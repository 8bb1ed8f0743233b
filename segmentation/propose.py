"""Finished conditions for what somebody typed: “viewed Activewear 3 times in 2 days”.

Deterministic and exact: `rules.wishes` reads the forms, the catalogue knows the names and values, and every word that was typed has
to be understood. A proposal is shown as its sentence before it is taken, and is a condition that the rule language accepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segmentation.naming import naming
from segmentation.proposed_attributes import of_attributes
from segmentation.proposed_events import of_events, of_open_things
from segmentation.queries.catalogue import catalogue
from segmentation.queries.names import Names, names_known
from segmentation.rules import wishes
from segmentation.rules.describe import phrase
from segmentation.rules.faults import RuleError
from segmentation.rules.parse import parse

SHOWN = 6
CHANNELS = {"email": "email", "e-mail": "email", "mail": "email", "sms": "sms", "push": "push"}
STATES = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "never": "never"}
Node = dict[str, Any]
Found = tuple[float, Node]


@dataclass(frozen=True)
class Proposal:
    """A condition that is ready to be taken. `side` is where it goes: `include`, or `exclude` for who is left out."""

    node: Node
    side: str
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        return {"node": self.node, "side": self.side, "sentence": self.sentence}


def propose(*, text: str, now: datetime) -> list[Proposal]:
    """The conditions that a text may mean, the likeliest first; none where a word of it is not understood."""
    wish, names = wishes.read(text), names_known()
    side = "exclude" if wish.out else "include"
    found = [(points, side, node) for points, node in _conditions(wish, names, now)]
    # Without an open ticket: whoever has one is left out.
    open_things = of_open_things(wish, names)
    found += [(points, "exclude" if wish.out or wish.negated else "include", node) for points, node in open_things]
    found.sort(key=lambda one: -one[0])
    said = _said((side, node) for _, side, node in found)
    return list(said)[:SHOWN]


def _conditions(wish: wishes.Wish, names: Names, now: datetime) -> Iterator[Found]:
    yield from of_events(wish, names, now=now)
    yield from of_attributes(wish, names)
    yield from _of_segments(wish, names)
    yield from _of_consent(wish)


def _said(found: Iterable[tuple[str, Node]]) -> Iterator[Proposal]:
    """Each once, with its sentence; what the language does not accept is not proposed."""
    known, seen = catalogue(), set()
    for side, node in found:
        try:
            rule = parse({"version": 1, "include": {"op": "all", "conditions": [node]}}, catalogue=known)
        except RuleError:
            continue
        sentence = phrase(rule.include.conditions[0])
        if (side, sentence) not in seen:
            seen.add((side, sentence))
            yield Proposal(node, side, sentence)


def _of_segments(wish: wishes.Wish, names: Names) -> Iterator[Found]:
    """In another segment, once in it, entered or left."""
    if not wish.words or wish.count or wish.compared or wish.share:
        return
    lead, rest = wish.words[0].lower(), wish.words[1:]
    state = {"in": "in", "ever": "ever", "entered": "entered", "left": "left"}.get(lead)
    rest = rest[1:] if rest and rest[0].lower() in ("in", "segment") else rest
    if state is None or not rest:
        return
    for slug, name in names.segments.items():
        found = naming(rest, name) or naming(rest, slug)
        if found is None or found.rest:
            continue
        node: Node = {"type": "segment", "segment": slug, "state": state}
        if state in ("entered", "left"):
            node["window"] = wish.window or {"ever": True}
        yield found.points + 3, {"op": "none", "conditions": [node]} if wish.negated else node


def _of_consent(wish: wishes.Wish) -> Iterator[Found]:
    """Subscribed, unsubscribed, never asked, reachable, by channel."""
    words = [word.lower() for word in wish.words if word.lower() not in ("consent", "asked", "can", "be", "to")]
    channels = [CHANNELS[word] for word in words if word in CHANNELS]
    rest = [word for word in words if word not in CHANNELS]
    if len(channels) != 1 or wish.count or wish.compared or wish.window:
        return
    node: Node = {"type": "consent", "channel": channels[0]}
    if rest in (["reachable"], ["reached"]):
        yield 8.0, {**node, "operator": "not_reachable" if wish.negated else "reachable"}
    elif len(rest) <= 1:
        for state in STATES:
            if state.startswith("".join(rest)):
                yield 7.0, {**node, "operator": "is_not" if wish.negated else "is", "value": state}
