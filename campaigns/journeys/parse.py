"""A journey's document to typed nodes, with a JSON pointer and a sentence for every fault at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from campaigns.journeys.graph import circles, reached
from campaigns.journeys.nodes import (
    CHANNELS,
    UNITS,
    Branch,
    Duration,
    Entry,
    Exit,
    Flow,
    Goal,
    Node,
    Send,
    Wait,
)

FIELDS = ("entry", "re_entry", "goal", "first", "nodes")
NODE_FIELDS = {
    "send": ("channel", "template", "next"),
    "wait": ("for", "next"),
    "branch": ("rule", "yes", "no"),
    "exit": (),
}
TARGETS = ("next", "yes", "no")
MOST_NODES = 100
LONGEST = timedelta(days=3660)
KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a JSON pointer into the document), what, and a code for programs."""

    pointer: str
    message: str
    code: str


class FlowError(ValueError):
    """The document is no journey; `faults` says all that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in self.faults))


# Says what is wrong with a rule's document: pointers relative to it, and sentences.
RuleFaults = Callable[[Any], Iterable[tuple[str, str]]]


def parse(document: Any, *, rule_faults: RuleFaults = lambda rule: ()) -> Flow:
    """The flow of a document. Raises FlowError with every fault.

    `rule_faults` judges the rule of each branch; whether segments and templates exist is asked elsewhere.
    """
    return _Parser(rule_faults).flow(document)


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


class _Parser:
    """Walks a document once and collects faults; a part that is wrong is left out of the result."""

    def __init__(self, rule_faults: RuleFaults) -> None:
        self.rule_faults = rule_faults
        self.faults: list[Fault] = []

    def fault(self, at: str, message: str, code: str) -> None:
        self.faults.append(Fault(at, message, code))

    def flow(self, document: Any) -> Flow:
        if not isinstance(document, Mapping):
            raise FlowError([Fault("", "A journey is an object with entry, first and nodes.", "not_an_object")])
        self.only(document, FIELDS, "")
        entry = self.entry(document.get("entry"))
        re_entry = self.re_entry(document.get("re_entry", "never"))
        goal = self.goal(document.get("goal"))
        nodes = self.nodes(document.get("nodes"))
        first = self.target(document, "first", "", document.get("nodes"))
        if not self.faults:
            self.shape(first, nodes)
        if self.faults or entry is None:
            raise FlowError(self.faults)
        return Flow(entry=entry, first=first, nodes=nodes, re_entry=re_entry, goal=goal)

    def only(self, found: Mapping[Any, Any], known: Iterable[str], at: str) -> None:
        for key in found:
            if key not in known:
                allowed = ", ".join(known) or "no fields"
                self.fault(at + pointer(key), f"{key!r} is not known here. There may be: {allowed}.", "unknown_field")

    def text(self, found: Mapping[str, Any], key: str, at: str, what: str) -> str:
        value = found.get(key)
        if isinstance(value, str) and value.strip() and "\x00" not in value:
            return value
        self.fault(at + pointer(key), f"Name {what}.", "missing" if value in (None, "") else "wrong_type")
        return ""

    def entry(self, found: Any) -> Entry | None:
        if not isinstance(found, Mapping):
            self.fault("/entry", 'Say what starts the journey: {"on": "enter", "segment": …}.', "missing")
            return None
        self.only(found, ("on", "segment"), "/entry")
        if found.get("on", "enter") != "enter":
            self.fault("/entry/on", 'A journey starts when a customer enters a segment: "enter".', "unknown_value")
        return Entry(segment=self.text(found, "segment", "/entry", "the segment that starts it"))

    def re_entry(self, found: Any) -> str | Duration:
        if found in ("never", "always"):
            return str(found)
        if isinstance(found, Mapping):
            return self.duration(found, "/re_entry") or "never"
        self.fault("/re_entry", 'Say "never", "always" or {"amount", "unit"}.', "unknown_value")
        return "never"

    def goal(self, found: Any) -> Goal | None:
        if found is None:
            return None
        if not isinstance(found, Mapping):
            self.fault("/goal", 'A goal is {"event": …} or null.', "wrong_type")
            return None
        self.only(found, ("event",), "/goal")
        return Goal(event=self.text(found, "event", "/goal", "the event that reaches the goal"))

    def duration(self, found: Any, at: str) -> Duration | None:
        if not isinstance(found, Mapping):
            self.fault(at, 'A duration is {"amount", "unit"}.', "missing" if found is None else "wrong_type")
            return None
        self.only(found, ("amount", "unit"), at)
        amount, unit = found.get("amount"), found.get("unit")
        if unit not in UNITS:
            self.fault(at + "/unit", f"The unit is one of {', '.join(UNITS)}.", "unknown_value")
            return None
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
            self.fault(at + "/amount", "The amount is a whole number from 1 up.", "wrong_type")
            return None
        if amount > LONGEST // Duration(1, unit).length:
            self.fault(at + "/amount", "That is over ten years: choose a shorter time.", "too_large")
            return None
        return Duration(amount, unit)

    def nodes(self, found: Any) -> dict[str, Node]:
        if not isinstance(found, Mapping) or not found:
            self.fault("/nodes", "A journey has at least one node.", "missing")
            return {}
        if len(found) > MOST_NODES:
            self.fault("/nodes", f"A journey has at most {MOST_NODES} nodes.", "too_large")
            return {}
        nodes: dict[str, Node] = {}
        for key, written in found.items():
            node = self.node(key, written, found)
            if node is not None:
                nodes[key] = node
        return nodes

    def node(self, key: Any, found: Any, nodes: Mapping[str, Any]) -> Node | None:
        at = pointer("nodes", key)
        if not isinstance(key, str) or not KEY.fullmatch(key):
            self.fault(at, "A node's key has 1 to 64 letters, digits, - and _.", "wrong_type")
        kind = found.get("type") if isinstance(found, Mapping) else None
        if not isinstance(kind, str) or kind not in NODE_FIELDS:
            where = at + "/type" if isinstance(found, Mapping) else at
            self.fault(where, f"A node's type is one of {', '.join(NODE_FIELDS)}.", "unknown_value")
            return None
        self.only(found, ("type", *NODE_FIELDS[kind]), at)
        targets = {name: self.target(found, name, at, nodes) for name in NODE_FIELDS[kind] if name in TARGETS}
        if kind == "send":
            return self.send(found, at, targets["next"])
        if kind == "wait":
            length = self.duration(found.get("for"), at + "/for")
            return Wait(length, targets["next"]) if length else None
        if kind == "branch":
            return self.branch(found, at, targets)
        return Exit()

    def send(self, found: Mapping[str, Any], at: str, following: str) -> Send:
        channel = found.get("channel")
        if channel not in CHANNELS:
            self.fault(at + "/channel", f"The channel is one of {', '.join(CHANNELS)}.", "unknown_value")
        return Send(str(channel), self.text(found, "template", at, "the template with the words"), following)

    def branch(self, found: Mapping[str, Any], at: str, targets: Mapping[str, str]) -> Branch | None:
        rule = found.get("rule")
        if not isinstance(rule, Mapping):
            self.fault(at + "/rule", "A branch asks a rule: an object of the rule language.", "missing")
            return None
        for place, message in self.rule_faults(rule):
            self.fault(at + "/rule" + place, message, "rule")
        return Branch(rule, targets["yes"], targets["no"])

    def target(self, found: Mapping[str, Any], name: str, at: str, nodes: Any) -> str:
        """The key that `first`, `next`, `yes` or `no` names; it must be one of the written nodes."""
        key = self.text(found, name, at, "the node that follows")
        if key and isinstance(nodes, Mapping) and key not in nodes:
            self.fault(at + pointer(name), f"There is no node {key!r}.", "unknown_target")
        return key

    def shape(self, first: str, nodes: Mapping[str, Node]) -> None:
        """Faults of the whole: ways in a circle, and nodes that no way leads to."""
        for key, field, circle in circles(nodes):
            said = f"This way runs in a circle: {' → '.join(circle)}. Lead it to a later node."
            self.fault(pointer("nodes", key, field), said, "circle")
        on_the_way = reached(first, nodes)
        for key in nodes:
            if key not in on_the_way:
                self.fault(pointer("nodes", key), "No way from the first node leads here.", "unreachable")
