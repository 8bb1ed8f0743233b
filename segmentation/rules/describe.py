"""A rule in English: one sentence that says exactly what the rule says.

Groups inside groups stand in parentheses, conditions are set apart by “, and” or “, or” and values by “and” or “or”
without a comma before them, so that a sentence can be read in one way only.
"""

from __future__ import annotations

from decimal import Decimal

from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Compare,
    Consent,
    Event,
    Ever,
    Group,
    Latest,
    Measured,
    Node,
    NumberSide,
    Percentile,
    Rule,
    Segment,
    Sequence,
    Side,
    Test,
    ValueType,
)
from segmentation.rules.wording import (
    LABELS,
    after_where,
    attribute_name,
    channel_name,
    duration,
    event_names,
    listed,
    name_of,
    number,
    quoted,
    selected,
    test,
    window,
)

AGGREGATES = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
COMPARISONS = {
    "eq": "is",
    "neq": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
}
TIMES = {"eq": "exactly", "gt": "more than", "gte": "at least", "lt": "fewer than", "lte": "at most"}
STATES = {"in": "is in", "ever": "was ever in", "entered": "entered", "left": "left"}


def sentence(rule: Rule) -> str:
    """The whole rule: who is in and, after “except where”, who is not."""
    text = _group(rule.include)
    if rule.exclude is not None and rule.exclude != Group("any", ()):
        subject = "the customer " if _lacks_a_subject(rule.exclude) else ""
        excepted = f"{subject}{_group(rule.exclude)}"
        several = rule.exclude.op != "none" and len(rule.exclude.conditions) > 1
        text = f"{text}, except where {f'({excepted})' if several else excepted}"
    start = len(text) - len(text.lstrip("("))
    return f"{text[:start]}{text[start].upper()}{text[start + 1 :]}."


def phrase(node: Node) -> str:
    """One condition or group, without a capital and a full stop."""
    return _group(node) if isinstance(node, Group) else _leaf(node)


def _lacks_a_subject(node: Node) -> bool:
    """Whether the phrase begins with a verb of the customer: “has done”, “entered”, “can be reached”."""
    if isinstance(node, Group):
        starts_bare = node.op != "none" and bool(node.conditions)
        first = node.conditions[0] if starts_bare else node
        nested = isinstance(first, Group) and len(node.conditions) > 1
        return starts_bare and not nested and _lacks_a_subject(first)
    if isinstance(node, Event):
        return node.measured.measure.property is None and node.test.type is ValueType.NUMBER
    return isinstance(node, Sequence | Segment) or (isinstance(node, Consent) and not node.states)


def _group(group: Group) -> str:
    if not group.conditions:
        return "nobody" if group.op == "any" else "everybody"
    if len(group.conditions) == 1:
        only = phrase(group.conditions[0])
        return f"not ({only})" if group.op == "none" else only
    parts = [_inner(condition) for condition in group.conditions]
    if group.op == "none":
        return f"none of ({'; '.join(parts)})"
    return (", and " if group.op == "all" else ", or ").join(parts)


def _inner(node: Node) -> str:
    text = phrase(node)
    while isinstance(node, Group) and node.op != "none" and len(node.conditions) == 1:
        node = node.conditions[0]
    return f"({text})" if isinstance(node, Group) and node.op != "none" and node.conditions else text


def _leaf(node: Node) -> str:
    match node:
        case Attribute(key, asked):
            return f"{attribute_name(key)} {test(asked)}"
        case Event(measured, asked):
            return _event(measured, asked)
        case Latest():
            which = "latest" if node.which == "last" else "first"
            found = selected(node.selector, window(node.window), closed=True)
            return f"the {name_of(node.property)} of the {which} {found} {test(node.test)}"
        case Sequence():
            return _sequence(node)
        case Compare():
            return f"{_side(node.left, closed=True)} {COMPARISONS[node.operator]} {_scaled(node)}"
        case Percentile(key, side, percent):
            return f"{attribute_name(key)} is in the {side} {number(percent)} %"
        case Segment(segment, state, within):
            return f"{STATES[state]} the segment {quoted(segment)}{window(within or Ever())}"
        case Consent():
            return _consent(node)
    return ""


def _consent(node: Consent) -> str:
    if node.states:
        verb = "is" if node.operator == "is" else "is not"
        return f"{channel_name(node.channel)} consent {verb} {listed(node.states, 'or')}"
    return f"{'can' if node.operator == 'reachable' else 'cannot'} be reached by {channel_name(node.channel)}"


def _event(measured: Measured, asked: Test) -> str:
    aggregate = measured.measure.aggregate
    if aggregate in ("count", "days_active") and asked.type is ValueType.NUMBER:
        return _done(measured, asked, aggregate == "days_active")
    return f"{_measured(measured, closed=True)} {test(asked)}"


def _done(measured: Measured, asked: Test, days: bool) -> str:
    ever = measured.window == Ever()
    if (asked.operator, asked.operand) in (("eq", Decimal(0)), ("lt", Decimal(1)), ("lte", Decimal(0))):
        return f"has {'never' if ever else 'not'} done {selected(measured.selector, window(measured.window))}"
    at_least = ever and (asked.operator in ("gt", "gte") or (asked.operator, asked.operand) == ("neq", Decimal(0)))
    in_all = " in all" if ever and not at_least else window(measured.window)
    often = f" {_often(asked, days)}{in_all}"
    return f"{'has ever done' if at_least else 'has done'} {selected(measured.selector, often)}"


def _often(asked: Test, days: bool) -> str:
    operator, operand = asked.operator, asked.operand
    if isinstance(operand, tuple):
        low, high = (number(item) for item in operand if isinstance(item, Decimal))
        often = f"{low} to {high}" if operator == "between" else f"fewer than {low} or more than {high}"
        return f"on {often} different days" if days else f"{often} times"
    amount = operand if isinstance(operand, Decimal) else Decimal(0)
    if operator in ("neq", "gt") and amount == 0:
        operator, amount = "gte", Decimal(1)
    if operator == "neq":
        return (
            f"on a number of days other than {number(amount)}" if days else f"any number of times but {number(amount)}"
        )
    if days:
        return f"on {TIMES[operator]} {number(amount)} {'day' if amount == 1 else 'different days'}"
    return f"{TIMES[operator]} once" if amount == 1 else f"{TIMES[operator]} {number(amount)} times"


def _measured(measured: Measured, *, closed: bool = False) -> str:
    """A measure as a noun: “the total revenue of Order Completed in the last 90 days”; `closed` before what follows."""
    measure = measured.measure
    lead = "the all-time " if measured.window == Ever() else "the "
    every = measured.selector.names == ("*",)
    rest = after_where(measured.selector.where, window(measured.window), closed=closed)
    names = "" if every else event_names(measured.selector)
    if measure.aggregate == "count":
        return f"{lead}number of {names + ' ' if names else ''}events{rest}"
    what = f"{names or 'any event'}{rest}"
    if measure.property is None:
        return f"{lead}number of days with {what}"
    if measure.aggregate == "distinct":
        return f"{lead}number of different values of {name_of(measure.property)} of {what}"
    return f"{lead}{AGGREGATES[measure.aggregate]} {name_of(measure.property)} of {what}"


def _side(side: Side, *, closed: bool = False) -> str:
    if isinstance(side, NumberSide):
        return number(side.value)
    if isinstance(side, AttributeSide):
        return f"the {LABELS[side.key]}" if side.key in LABELS else attribute_name(side.key)
    return _measured(side, closed=closed)


def _scaled(node: Compare) -> str:
    text = _side(node.right)
    if node.factor != 1:
        text = f"{number(node.factor)} times {text}"
    if node.offset:
        # Apart from what may be multiplied, or may end in the words of a test.
        apart = "" if node.factor == 1 and isinstance(node.right, AttributeSide) else ","
        text = f"{text}{apart} {'plus' if node.offset > 0 else 'minus'} {number(abs(node.offset))}"
    return text


def _sequence(node: Sequence) -> str:
    start = f"has done {selected(node.first, window(node.window))}"
    same = f" with the same {listed([name_of(key) for key in node.same], 'and')}" if node.same else ""
    follow = selected(node.then, f"{same} within {duration(node.within)}")
    if not node.negate:
        return f"{start}, followed by {follow}"
    waited = f", once {duration(node.after)} {'has' if node.after.amount == 1 else 'have'} passed" if node.after else ""
    return f"{start}, not followed by {follow}{waited}"
