"""The values that a test lets through, as far as they form one stretch of numbers or instants, or one list of texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from segmentation.rules.nodes import Test, ValueType


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `low` to `high`; None is open. `low_in` and `high_in` say whether the ends belong to it."""

    low: Decimal | datetime | None = None
    low_in: bool = False
    high: Decimal | datetime | None = None
    high_in: bool = False


Allowed: TypeAlias = Stretch | frozenset[str]


def allowed(test: Test) -> Allowed | None:
    """What passes a test; None where this cannot be said as a stretch or a list."""
    if test.type is ValueType.TEXT and test.operator == "is" and isinstance(test.operand, tuple):
        return frozenset(str(text).lower() for text in test.operand)
    operand = test.operand
    if isinstance(operand, tuple) and test.operator == "between":
        low, high = operand
        if isinstance(low, Decimal | datetime) and isinstance(high, Decimal | datetime):
            return Stretch(low, True, high, test.type is ValueType.NUMBER)
    if not isinstance(operand, Decimal | datetime):
        return None
    match test.operator:
        case "eq":
            return Stretch(operand, True, operand, True)
        case "gt" | "after":
            return Stretch(low=operand)
        case "gte":
            return Stretch(low=operand, low_in=True)
        case "lt" | "before":
            return Stretch(high=operand)
        case "lte":
            return Stretch(high=operand, high_in=True)
    return None


def both(one: Allowed, other: Allowed) -> Allowed | None:
    """What passes both; None where nothing does. Of different kinds nothing does: a value has one type."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return (one & other) or None
    if isinstance(one, Stretch) and isinstance(other, Stretch):
        return _overlap(one, other)
    return None


def _overlap(one: Stretch, other: Stretch) -> Stretch | None:
    kinds = {type(bound) for bound in (one.low, one.high, other.low, other.high) if bound is not None}
    if len(kinds) > 1:
        return None
    low, low_in = _tighter((one.low, one.low_in), (other.low, other.low_in), above=True)
    high, high_in = _tighter((one.high, one.high_in), (other.high, other.high_in), above=False)
    if low is not None and high is not None and (_less(high, low) or (low == high and not (low_in and high_in))):
        return None
    return Stretch(low, low_in, high, high_in)


_End: TypeAlias = tuple[Decimal | datetime | None, bool]


def _tighter(one: _End, other: _End, *, above: bool) -> _End:
    """The bound that lets less through: of the low ones the higher, of two equal ones the one that stays out."""
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] and other[1]
    return one if _less(other[0], one[0]) is above else other


def _less(one: Decimal | datetime, other: Decimal | datetime) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one < other
    return isinstance(one, datetime) and isinstance(other, datetime) and one < other
