"""Hints about a rule that is valid: it says something, but perhaps not what was meant.

Nothing here forbids a rule. A contradiction is found where it can be told from the conditions alone: two conditions of
one `all` that no value can meet, a condition beside its own negation, something included that is excluded whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from segmentation.rules.catalogue import EVENT_BUILT_IN, Catalogue
from segmentation.rules.dependencies import read_attributes
from segmentation.rules.nodes import (
    Attribute,
    Event,
    Group,
    Last,
    Latest,
    Measured,
    Node,
    Rule,
    Segment,
    Selector,
    Sequence,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.ranges import Allowed, Stretch, allowed, both
from segmentation.rules.rewrite import NEVER_NEGATIVE, negation
from segmentation.rules.selected import measured_in, selectors_of
from segmentation.rules.walk import walk
from segmentation.rules.wording import name_of, quoted

SWEEP_PERIOD = timedelta(seconds=10)
LIVE_STATUS = "live"

Placed = tuple[str, Node]


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """A hint at one node: its pointer, a sentence and a code."""

    pointer: str
    message: str
    code: str

    def as_dict(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "message": self.message, "code": self.code}


def warnings(rule: Rule, catalogue: Catalogue, *, sweep_period: timedelta = SWEEP_PERIOD) -> list[RuleWarning]:
    """Every hint about the rule, in the order of the document. Unknown names only where the catalogue knows names."""
    found = list(_excluded(rule))
    for pointer, node, _ in walk(rule):
        if isinstance(node, Group):
            found.extend(_about_group(pointer, node))
        else:
            found.extend(_about_leaf(pointer, node, catalogue, sweep_period))
    places = {pointer: number for number, (pointer, _, _) in enumerate(walk(rule))}
    return sorted(dict.fromkeys(found), key=lambda warning: places[warning.pointer])


def _excluded(rule: Rule) -> Iterator[RuleWarning]:
    if rule.exclude is None:
        return
    if rule.exclude.op == "all" and not rule.exclude.conditions:
        yield RuleWarning("/exclude", "An empty “all” excludes everybody.", "never")
    if rule.include.op != "all" or rule.exclude.op == "none":
        return
    needed = {node for _, node in _joined("/include", rule.include)}
    out = rule.exclude.conditions if rule.exclude.op == "any" or len(rule.exclude.conditions) == 1 else ()
    for number, condition in enumerate(out):
        if condition in needed:
            message = "This excludes everybody who is included: the same condition stands in both."
            yield RuleWarning(f"/exclude/conditions/{number}", message, "contradiction")


def _about_group(pointer: str, group: Group) -> Iterator[RuleWarning]:
    if not group.conditions:
        if pointer == "/include":
            who = "nobody" if group.op == "any" else "everybody"
            yield RuleWarning(pointer, f"Without a condition this is {who}.", "empty")
        elif pointer != "/exclude":
            yield RuleWarning(pointer, "The group has no condition.", "empty")
    seen: set[Node] = set()
    for number, condition in enumerate(group.conditions):
        if condition in seen:
            yield RuleWarning(f"{pointer}/conditions/{number}", "The same condition stands here twice.", "duplicate")
        seen.add(condition)
    if group.op == "all":
        yield from _contradictions(pointer, group)


def _joined(pointer: str, group: Group) -> Iterator[Placed]:
    """The conditions that all have to be true, those of an `all` inside the `all` too."""
    for number, condition in enumerate(group.conditions):
        place = f"{pointer}/conditions/{number}"
        if isinstance(condition, Group) and condition.op == "all":
            yield from _joined(place, condition)
        else:
            yield place, condition


def _contradictions(pointer: str, group: Group) -> Iterator[RuleWarning]:
    message = "This can never be true together with another condition of the group."
    known: set[Node] = set()
    rests: dict[Node | Measured | str, Allowed] = {}
    for place, condition in _joined(pointer, group):
        opposite = negation(condition)
        if opposite is not None and opposite in known:
            yield RuleWarning(place, message, "contradiction")
        known.add(condition)
        subject, passing = _asked(condition)
        if subject is None or passing is None:
            continue
        rest = both(rests.get(subject, passing), passing)
        if rest is None:
            yield RuleWarning(place, message, "contradiction")
        else:
            rests[subject] = rest


def _asked(node: Node) -> tuple[str | Measured | Latest | None, Allowed | None]:
    """What a condition is about, and which values of it pass."""
    if isinstance(node, Attribute):
        return node.key, allowed(node.test)
    if isinstance(node, Event):
        return node.measured, allowed(node.test)
    if isinstance(node, Latest):
        anything = Test(ValueType.ANY, "is_set")
        return Latest(node.selector, node.which, node.property, anything, node.window), allowed(node.test)
    return None, None


def _about_leaf(pointer: str, node: Node, catalogue: Catalogue, sweep_period: timedelta) -> Iterator[RuleWarning]:
    if isinstance(node, Event) and node.measured.measure.aggregate in NEVER_NEGATIVE:
        passing = allowed(node.test)
        if passing is not None and both(passing, Stretch(low=Decimal(0), low_in=True)) is None:
            yield RuleWarning(pointer, "A count is never below 0: this is never true.", "never")
    for window in _windows(node):
        if isinstance(window, Last) and window.duration.length < sweep_period:
            seconds = int(sweep_period.total_seconds())
            message = f"The window is shorter than the {seconds} s between two looks at the clock."
            yield RuleWarning(pointer, message, "short_window")
    for selector, properties in selectors_of(node):
        yield from _unknown_names(pointer, selector, properties, catalogue)
    if isinstance(node, Segment) and catalogue.segments is not None:
        status = catalogue.segments.get(node.segment)
        if status is not None and status != LIVE_STATUS:
            message = f"The segment {quoted(node.segment)} is {status}: its membership does not move."
            yield RuleWarning(pointer, message, "segment_not_live")
    yield from _learnt_types(pointer, node, catalogue.learnt)


def _learnt_types(pointer: str, node: Node, learnt: Mapping[str, str]) -> Iterator[RuleWarning]:
    for key, type_ in read_attributes(node):
        mostly = learnt.get(key)
        if mostly is not None and type_ is not ValueType.ANY and mostly != type_:
            message = f"{name_of(key)} mostly holds a {mostly}; a value that is no {type_} counts as missing."
            yield RuleWarning(pointer, message, "other_type")


def _unknown_names(
    pointer: str, selector: Selector, properties: tuple[str, ...], catalogue: Catalogue
) -> Iterator[RuleWarning]:
    names = [name for name in selector.names if name != "*"]
    for name in names:
        if catalogue.events is not None and name not in catalogue.events:
            message = f"No event {quoted(name)} has come yet; names compare exactly, capitals too."
            yield RuleWarning(pointer, message, "unknown_event")
    if catalogue.properties is None or not names:
        return
    known = {key for name in names for key in catalogue.properties.get(name, ())}
    if not any(name in catalogue.properties for name in names):
        return
    for key in dict.fromkeys((*properties, *(line.property for line in selector.where))):
        if key not in known and key not in EVENT_BUILT_IN:
            message = f"{' or '.join(quoted(name) for name in names)} has not come with a property {quoted(key)} yet."
            yield RuleWarning(pointer, message, "unknown_property")


def _windows(node: Node) -> Iterator[Window]:
    yield from (measured.window for measured in measured_in(node))
    if isinstance(node, Latest | Sequence | Segment) and node.window is not None:
        yield node.window
