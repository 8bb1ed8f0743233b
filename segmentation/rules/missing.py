"""What a customer lacks for a condition that is false, as one short sentence without a full stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from segmentation.rules.nodes import (
    Attribute,
    Compare,
    Consent,
    Event,
    Last,
    Latest,
    Measured,
    Node,
    Percentile,
    Segment,
    Selector,
)
from segmentation.rules.nodes import (
    Sequence as SequenceNode,
)
from segmentation.rules.wording import events, name_of, number, quoted, where

_NOT_YET = {"in": "not in the segment", "ever": "never was in the segment"}


def missing(node: Node, value: Any, counted: Sequence[datetime], now: datetime) -> str:
    """What would have to be different. `value` is what the condition looked at, `counted` the instants of the newest
    events behind it."""
    match node:
        case Event():
            return _event(node, value, counted, now)
        case Attribute(key):
            return f"{name_of(key)} is not known" if value is None else f"{name_of(key)} is {shown(value)}"
        case Latest(selector, which, name):
            newest = "latest" if which == "last" else "first"
            if not counted:
                return f"no {events(selector)}{_inside(node)}"
            said = "has none" if value is None else f"is {shown(value)}"
            return f"{name_of(name)} of the {newest} one {said}"
        case SequenceNode():
            return _sequence(node)
        case Compare() | Percentile():
            return _numbers(node, value)
        case Segment(segment, state):
            return f"{_NOT_YET.get(state, 'no such change of the segment')}: {quoted(segment)}"
        case Consent(channel, operator):
            return _consent(channel, operator, value)
    return ""


def shown(value: Any) -> str:
    """A JSON value as it reads in a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return number(_rounded(Decimal(str(value))))
    if isinstance(value, str):
        return quoted(value) if value else "empty"
    return "a list" if isinstance(value, list) else "of another kind"


def _rounded(value: Decimal) -> Decimal:
    """To four places at most: a third of something need not fill the line."""
    short = value.quantize(Decimal("0.0001")) if abs(value) < 10**15 else value
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short.normalize()


def _event(node: Event, value: Any, counted: Sequence[datetime], now: datetime) -> str:
    lacking = lacking_of(node, value)
    if lacking is not None:
        return f"{_more(node.measured, lacking)}{_deadline(node.measured, value, counted, now)}"
    if value is None:
        return f"no {_measured_name(node.measured)} to go by"
    return f"it is {shown(value)}"


def lacking_of(node: Event, value: Any) -> Decimal | None:
    """How much more the measure has to give; None where more of it would not help."""
    operand = node.test.operand
    wanted = operand[0] if isinstance(operand, tuple) and isinstance(operand[0], Decimal) else operand
    aggregate = node.measured.measure.aggregate
    if not isinstance(wanted, Decimal) or aggregate not in ("count", "days_active", "distinct", "sum"):
        return None
    has = Decimal(str(value or 0))
    whole = aggregate != "sum"
    match node.test.operator:
        case "gte" | "between" | "eq":
            need = (wanted.to_integral_value(ROUND_CEILING) if whole else wanted) - has
        case "gt":
            need = (wanted.to_integral_value(ROUND_FLOOR) + 1 if whole else wanted) - has
        case _:
            return None
    return need if need > 0 or (node.test.operator == "gt" and need == 0) else None


def _more(measured: Measured, lacking: Decimal) -> str:
    aggregate = measured.measure.aggregate
    if aggregate == "count":
        amount = "one" if lacking == 1 else number(lacking)
        return f"{amount} more {events(measured.selector)}"
    if aggregate == "days_active":
        return f"{number(lacking)} more {'day' if lacking == 1 else 'days'} with {events(measured.selector)}"
    kinds = "different values of " if aggregate == "distinct" else ""
    more = f"{number(lacking)} more" if lacking else "a little more"
    return f"{more} {kinds}{name_of(measured.measure.property or '')} of {events(measured.selector)}"


def _deadline(measured: Measured, value: Any, counted: Sequence[datetime], now: datetime) -> str:
    """Until when the events counted so far still stand: the oldest leaves its window first."""
    if not isinstance(measured.window, Last) or not counted:
        return ""
    if measured.measure.aggregate == "count" and value != len(counted):
        return ""
    return f" before {clock_text(min(counted) + measured.window.duration.length, now)}"


def clock_text(instant: datetime, now: datetime) -> str:
    """The time of day where it is today, else with its date; UTC."""
    here = instant.astimezone(UTC)
    return f"{here:%H:%M} UTC" if here.date() == now.astimezone(UTC).date() else f"{here:%Y-%m-%d %H:%M} UTC"


def _measured_name(measured: Measured) -> str:
    return f"{name_of(measured.measure.property or 'event')} of {events(measured.selector)}"


def _inside(node: Latest) -> str:
    return "" if not isinstance(node.window, Last) else " in the window"


def _sequence(node: SequenceNode) -> str:
    first, then = events(Selector(node.first.names)), events(Selector(node.then.names))
    if not node.negate:
        return f"no {first}{where(node.first.where)} that {then}{where(node.then.where)} followed in time"
    return f"no {first}{where(node.first.where)} that still waits for {then}{where(node.then.where)}"


def _numbers(node: Compare | Percentile, value: Any) -> str:
    parts: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    if isinstance(node, Percentile):
        if parts.get("value") is None:
            return f"{name_of(node.key)} is not known"
        return f"{name_of(node.key)} is {shown(parts['value'])}, the threshold {shown(parts.get('threshold'))}"
    left, right = parts.get("left"), parts.get("right")
    if left is None or right is None:
        return "one side has no value to compare"
    return f"the first is {shown(left)}, the second {shown(right)}"


def _consent(channel: str, operator: str, value: Any) -> str:
    if operator == "reachable" and value == "subscribed":
        return f"no address that {name_of(channel)} could reach"
    return f"{name_of(channel)} consent is {shown(value)}"
