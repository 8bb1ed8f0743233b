"""Typed nodes to the canonical document, and the hashes that tell equal rules and conditions.

Canonical: every optional field that says nothing is left out (`where` without tests, `negate` false, factor 1, a window
where the node has none), a list of one value is written as the value, instants are UTC, numbers are JSON numbers.
`parse(to_document(rule)) == rule` for every rule that `parse` made.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any

from segmentation.rules.instants import instant_text
from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Between,
    Compare,
    Consent,
    Duration,
    Event,
    FromTo,
    Group,
    Last,
    Latest,
    Measured,
    Node,
    NumberSide,
    Operand,
    Percentile,
    Rule,
    Segment,
    Selector,
    Sequence,
    Side,
    Test,
    Window,
)

Json = dict[str, Any]


def to_document(rule: Rule) -> Json:
    """The canonical document of a rule, of plain JSON values."""
    document: Json = {"version": 1, "include": node_document(rule.include)}
    if rule.exclude is not None:
        document["exclude"] = node_document(rule.exclude)
    return document


def rule_hash(rule: Rule) -> str:
    """64 hex digits, equal for rules with the same canonical document."""
    return _digest(to_document(rule))


def node_hash(node: Node) -> str:
    """64 hex digits, equal for conditions with the same canonical document, whatever rule they stand in."""
    return _digest(node_document(node))


def _digest(document: Json) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@singledispatch
def node_document(node: Any) -> Json:
    """The canonical document of one node."""
    raise TypeError(f"{type(node).__name__} is no node of a rule")


@node_document.register
def _(node: Group) -> Json:
    return {"op": node.op, "conditions": [node_document(condition) for condition in node.conditions]}


@node_document.register
def _(node: Attribute) -> Json:
    return {"type": "attribute", "key": node.key, **_test(node.test)}


@node_document.register
def _(node: Event) -> Json:
    return {"type": "event", **_measured(node.measured), **_test(node.test)}


@node_document.register
def _(node: Latest) -> Json:
    return {
        "type": "latest",
        **_selector(node.selector),
        "which": node.which,
        "property": node.property,
        **_test(node.test),
        "window": window_document(node.window),
    }


@node_document.register
def _(node: Sequence) -> Json:
    document: Json = {
        "type": "sequence",
        "first": _selector(node.first),
        "then": _selector(node.then),
        "within": _duration(node.within),
        "window": window_document(node.window),
    }
    if node.negate:
        document["negate"] = True
    if node.after is not None:
        document["after"] = _duration(node.after)
    if node.same:
        document["same"] = list(node.same)
    return document


@node_document.register
def _(node: Compare) -> Json:
    document: Json = {
        "type": "compare",
        "left": _side(node.left),
        "operator": node.operator,
        "right": _side(node.right),
    }
    if node.factor != 1:
        document["factor"] = _number(node.factor)
    if node.offset != 0:
        document["offset"] = _number(node.offset)
    return document


@node_document.register
def _(node: Percentile) -> Json:
    return {"type": "percentile", "key": node.key, "side": node.side, "percent": _number(node.percent)}


@node_document.register
def _(node: Segment) -> Json:
    document: Json = {"type": "segment", "segment": node.segment, "state": node.state}
    if node.window is not None:
        document["window"] = window_document(node.window)
    return document


@node_document.register
def _(node: Consent) -> Json:
    document: Json = {"type": "consent", "channel": node.channel, "operator": node.operator}
    if node.states:
        document["value"] = _texts(node.states)
    return document


def window_document(window: Window) -> Json:
    """The canonical document of a window."""
    if isinstance(window, Last):
        return {"last": _duration(window.duration)}
    if isinstance(window, FromTo):
        return {"from": _duration(window.start), "to": _duration(window.end)}
    if isinstance(window, Between):
        return {"between": [instant_text(window.start), instant_text(window.end)]}
    return {"ever": True}


def _selector(selector: Selector) -> Json:
    document: Json = {"event": _texts(selector.names)}
    if selector.where:
        document["where"] = [{"property": line.property, **_test(line.test)} for line in selector.where]
    return document


def _measured(measured: Measured) -> Json:
    measure: Json = {"aggregate": measured.measure.aggregate}
    if measured.measure.property is not None:
        measure["property"] = measured.measure.property
    return {**_selector(measured.selector), "measure": measure, "window": window_document(measured.window)}


def _side(side: Side) -> Any:
    if isinstance(side, NumberSide):
        return _number(side.value)
    if isinstance(side, AttributeSide):
        return {"attribute": side.key}
    return _measured(side)


def _test(test: Test) -> Json:
    if test.operand is None:
        return {"operator": test.operator}
    return {"operator": test.operator, "value": _operand(test.operand)}


def _operand(operand: Operand) -> Any:
    if isinstance(operand, Duration):
        return _duration(operand)
    if isinstance(operand, Decimal):
        return _number(operand)
    if isinstance(operand, datetime):
        return instant_text(operand)
    items = operand or ()
    if items and isinstance(items[0], str):
        return _texts(tuple(str(item) for item in items))
    return [_operand(item) for item in items if not isinstance(item, str)]


def _texts(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


def _duration(duration: Duration) -> Json:
    return {"amount": duration.amount, "unit": duration.unit}


def _number(number: Decimal) -> int | float:
    """Exact: `parse` lets only numbers in that a JSON reader gives back digit by digit."""
    return int(number) if number == number.to_integral_value() else float(number)
