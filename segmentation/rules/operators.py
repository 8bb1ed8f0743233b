"""The operators of the rule language: one entry each, and the only list of them.

An entry says what the operator compares, what its `value` has to look like, how it reads in English and, for a
negative operator, which positive one it negates. A negative operator is exactly `not` its positive twin, and a
positive one is false where the value is missing; so no entry says anything about missing values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from segmentation.rules.nodes import ValueType


class OperandKind(StrEnum):
    """What the `value` of a condition holds for an operator."""

    NONE = "none"
    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    NUMBERS = "numbers"
    INSTANT = "instant"
    INSTANTS = "instants"
    DURATION = "duration"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator on one type of value; `phrase` holds `{0}` (and `{1}`) where the operand is said."""

    type: ValueType
    name: str
    label: str
    phrase: str
    operand: OperandKind = OperandKind.NONE
    negates: str | None = None


_ALL = (
    Operator(ValueType.ANY, "is_set", "is set", "is set"),
    Operator(ValueType.ANY, "is_not_set", "is not set", "is not set", negates="is_set"),
    Operator(ValueType.TEXT, "is", "is", "is {0}", OperandKind.TEXTS),
    Operator(ValueType.TEXT, "is_not", "is not", "is not {0}", OperandKind.TEXTS, negates="is"),
    Operator(ValueType.TEXT, "contains", "contains", "contains {0}", OperandKind.TEXT),
    Operator(
        ValueType.TEXT, "not_contains", "does not contain", "does not contain {0}", OperandKind.TEXT, negates="contains"
    ),
    Operator(ValueType.TEXT, "starts_with", "starts with", "starts with {0}", OperandKind.TEXT),
    Operator(
        ValueType.TEXT,
        "not_starts_with",
        "does not start with",
        "does not start with {0}",
        OperandKind.TEXT,
        negates="starts_with",
    ),
    Operator(ValueType.TEXT, "ends_with", "ends with", "ends with {0}", OperandKind.TEXT),
    Operator(
        ValueType.TEXT,
        "not_ends_with",
        "does not end with",
        "does not end with {0}",
        OperandKind.TEXT,
        negates="ends_with",
    ),
    Operator(ValueType.NUMBER, "eq", "is", "is {0}", OperandKind.NUMBER),
    Operator(ValueType.NUMBER, "neq", "is not", "is not {0}", OperandKind.NUMBER, negates="eq"),
    Operator(ValueType.NUMBER, "gt", "is more than", "is more than {0}", OperandKind.NUMBER),
    Operator(ValueType.NUMBER, "gte", "is at least", "is at least {0}", OperandKind.NUMBER),
    Operator(ValueType.NUMBER, "lt", "is less than", "is less than {0}", OperandKind.NUMBER),
    Operator(ValueType.NUMBER, "lte", "is at most", "is at most {0}", OperandKind.NUMBER),
    Operator(ValueType.NUMBER, "between", "is between", "is between {0} and {1}", OperandKind.NUMBERS),
    Operator(
        ValueType.NUMBER,
        "not_between",
        "is not between",
        "is not between {0} and {1}",
        OperandKind.NUMBERS,
        negates="between",
    ),
    Operator(ValueType.BOOLEAN, "is_true", "is true", "is true"),
    Operator(ValueType.BOOLEAN, "is_not_true", "is not true", "is not true", negates="is_true"),
    Operator(ValueType.DATE, "before", "is before", "is before {0}", OperandKind.INSTANT),
    Operator(ValueType.DATE, "after", "is after", "is after {0}", OperandKind.INSTANT),
    Operator(ValueType.DATE, "between", "is between", "is on or after {0} and before {1}", OperandKind.INSTANTS),
    Operator(ValueType.DATE, "in_last", "is in the last", "is in the last {0}", OperandKind.DURATION),
    Operator(
        ValueType.DATE,
        "not_in_last",
        "is not in the last",
        "is not in the last {0}",
        OperandKind.DURATION,
        negates="in_last",
    ),
    Operator(ValueType.DATE, "in_next", "is in the next", "is in the next {0}", OperandKind.DURATION),
    Operator(ValueType.DATE, "older_than", "is older than", "is at least {0} ago", OperandKind.DURATION),
    Operator(
        ValueType.DATE,
        "anniversary_in_next",
        "has its anniversary in the next",
        "has its anniversary in the next {0}",
        OperandKind.DAYS,
    ),
    Operator(ValueType.LIST, "has_any", "has any of", "includes {0}", OperandKind.TEXTS),
    Operator(ValueType.LIST, "has_none", "has none of", "includes none of {0}", OperandKind.TEXTS, negates="has_any"),
    Operator(ValueType.LIST, "has_all", "has all of", "includes all of {0}", OperandKind.TEXTS),
)

OPERATORS: Mapping[tuple[ValueType, str], Operator] = MappingProxyType({(o.type, o.name): o for o in _ALL})

_TWINS: Mapping[tuple[ValueType, str], str] = MappingProxyType(
    {(o.type, o.name): o.negates for o in _ALL if o.negates is not None}
    | {(o.type, o.negates): o.name for o in _ALL if o.negates is not None}
)

# A measure and `compare` never lack the order of numbers, so these six are all that `compare` knows.
COMPARISONS: tuple[str, ...] = ("eq", "neq", "gt", "gte", "lt", "lte")


def positive_of(type_: ValueType, name: str) -> tuple[str, bool]:
    """The positive operator that decides, and whether its answer is negated: `("is", True)` for `is_not`."""
    negates = OPERATORS[(type_, name)].negates
    return (name, False) if negates is None else (negates, True)


def twin_of(type_: ValueType, name: str) -> str | None:
    """The operator that is true exactly where this one is false; None where the language has none."""
    return _TWINS.get((type_, name))


# The comparison that holds where this one does not, of values that are there.
OPPOSITES = MappingProxyType({"gte": "lt", "lt": "gte", "gt": "lte", "lte": "gt"})


def opposite_of(type_: ValueType, name: str) -> str:
    """The operator that says the contrary: the negative twin, else the opposite comparison, else the same."""
    return twin_of(type_, name) or OPPOSITES.get(name, name)


def types_of(name: str) -> tuple[ValueType, ...]:
    """The types that have an operator of this name; `between` has two, an unknown name none."""
    return tuple(type_ for type_, known in OPERATORS if known == name)


def operators_of(type_: ValueType) -> tuple[Operator, ...]:
    """What a value of this type can be asked, `is_set` and its twin last; in the order the builder offers."""
    own = tuple(o for o in _ALL if o.type is type_ and type_ is not ValueType.ANY)
    return own + tuple(o for o in _ALL if o.type is ValueType.ANY)


def builder_table() -> list[dict[str, Any]]:
    """Every operator that each type offers, as plain JSON: type, operator, label, operand kind, twin."""
    return [
        {
            "type": type_.value,
            "operator": operator.name,
            "label": operator.label,
            "operand": operator.operand.value,
            "twin": twin_of(operator.type, operator.name),
        }
        for type_ in ValueType
        for operator in operators_of(type_)
    ]
