"""What each operator of the language says in SQL: one entry for each positive one; a negative one is its NOT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from segmentation.compiler import dates
from segmentation.compiler.sql import (
    Expression,
    all_of,
    any_of,
    call,
    compared,
    equal,
    is_not_true,
    is_true,
    lowered,
    number,
)
from segmentation.compiler.statement import Anniversaries, Instant, Parameters
from segmentation.compiler.values import Value, json_itself
from segmentation.rules.nodes import Duration, Test, ValueType
from segmentation.rules.operators import positive_of


@dataclass(frozen=True)
class Operands:
    """Binds what a test compares with. `of_since` has the relative dates count from a sweep's earlier instant."""

    parameters: Parameters
    of_since: bool = False

    def text(self, text: str) -> Expression:
        return lowered(self.parameters.add(text, "text"))

    def number(self, value: Decimal) -> Expression:
        return self.parameters.add(value, "numeric")

    def instant(self, value: datetime) -> Expression:
        return self.parameters.add(value, "timestamptz")

    def ahead(self, length: timedelta) -> Expression:
        """The instant `now + length`."""
        return self.parameters.add(Instant(length, of_since=self.of_since), "timestamptz")

    def anniversaries(self, days: int) -> Expression:
        return self.parameters.add(Anniversaries(days, of_since=self.of_since), "text[]")


def condition(value: Value, test: Test, operands: Operands) -> Expression:
    """Whether the value passes the test: true or false, never unknown."""
    name, negated = positive_of(test.type, test.operator)
    positive = _POSITIVE[test.type, name](value, test.operand, operands)
    return is_not_true(positive) if negated else is_true(positive)


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold the text at all; what it cannot hold equals nothing that it holds."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


Positive = Callable[[Value, Any, Operands], Expression]


def _is_set(value: Value, _: None, __: Operands) -> Expression:
    return value.present()


def _is(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    wanted = [operands.text(text) for text in dict.fromkeys(texts) if storable(text)]
    if not wanted:
        return exp.false()
    if len(wanted) == 1:
        return equal(lowered(value.text()), wanted[0])
    return exp.In(this=lowered(value.text()), expressions=wanted)


def _contains(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    return any_of(
        compared(call("strpos", lowered(value.text()), operands.text(text)), "gt", number(0)) for text in _fit(texts)
    )


def _starts_with(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    return any_of(call("starts_with", lowered(value.text()), operands.text(text)) for text in _fit(texts))


def _ends_with(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    def ends(text: str) -> Expression:
        tail = call("right", lowered(value.text()), call("length", operands.text(text)))
        return equal(tail, operands.text(text))

    return any_of(ends(text) for text in _fit(texts))


def _fit(texts: tuple[str, ...] | str) -> list[str]:
    return [text for text in ((texts,) if isinstance(texts, str) else texts) if storable(text)]


def _compares(operator: str) -> Positive:
    def positive(value: Value, operand: Decimal, operands: Operands) -> Expression:
        return value.number().compared(operator, operands.number(operand))

    return positive


def _number_between(value: Value, ends: tuple[Decimal, Decimal], operands: Operands) -> Expression:
    low, high = (operands.number(end) for end in ends)
    return all_of([value.number().compared("gte", low), value.number().compared("lte", high)])


def _is_true(value: Value, _: None, __: Operands) -> Expression:
    return value.boolean()


def _before(value: Value, instant: datetime, operands: Operands) -> Expression:
    return compared(value.instant(), "lt", operands.instant(instant))


def _after(value: Value, instant: datetime, operands: Operands) -> Expression:
    return compared(value.instant(), "gt", operands.instant(instant))


def _date_between(value: Value, ends: tuple[datetime, datetime], operands: Operands) -> Expression:
    first, second = (operands.instant(end) for end in ends)
    return all_of([compared(value.instant(), "gte", first), compared(value.instant(), "lt", second)])


def _in_last(value: Value, duration: Duration, operands: Operands) -> Expression:
    return _after_until(value, operands.ahead(-duration.length), operands.ahead(timedelta()))


def _in_next(value: Value, duration: Duration, operands: Operands) -> Expression:
    return _after_until(value, operands.ahead(timedelta()), operands.ahead(duration.length))


def _after_until(value: Value, after: Expression, until: Expression) -> Expression:
    return all_of([compared(value.instant(), "gt", after), compared(value.instant(), "lte", until)])


def _older_than(value: Value, duration: Duration, operands: Operands) -> Expression:
    return compared(value.instant(), "lte", operands.ahead(-duration.length))


def _anniversary_in_next(value: Value, duration: Duration, operands: Operands) -> Expression:
    return dates.day_of_year(value.instant(), operands.anniversaries(duration.length.days))


def _has_any(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    """Whether a text of the list is among the wanted ones; what is no text in a list equals none of them."""
    element = json_itself(exp.column("element", table="listed"))
    listed = exp.Table(
        this=call("jsonb_array_elements", value.array()),
        alias=exp.TableAlias(this=exp.to_identifier("listed"), columns=[exp.to_identifier("element")]),
    )
    found = exp.select(number(1), copy=False).from_(listed, copy=False)
    return exp.Exists(this=found.where(_is(element, texts, operands), copy=False))


def _has_all(value: Value, texts: tuple[str, ...], operands: Operands) -> Expression:
    return all_of([value.is_array(), *(_has_any(value, (text,), operands) for text in dict.fromkeys(texts))])


_POSITIVE: Mapping[tuple[ValueType, str], Positive] = MappingProxyType(
    {
        **{(type_, "is_set"): _is_set for type_ in ValueType},
        **{(ValueType.NUMBER, name): _compares(name) for name in ("eq", "gt", "gte", "lt", "lte")},
        (ValueType.TEXT, "is"): _is,
        (ValueType.TEXT, "contains"): _contains,
        (ValueType.TEXT, "starts_with"): _starts_with,
        (ValueType.TEXT, "ends_with"): _ends_with,
        (ValueType.NUMBER, "between"): _number_between,
        (ValueType.BOOLEAN, "is_true"): _is_true,
        (ValueType.DATE, "before"): _before,
        (ValueType.DATE, "after"): _after,
        (ValueType.DATE, "between"): _date_between,
        (ValueType.DATE, "in_last"): _in_last,
        (ValueType.DATE, "in_next"): _in_next,
        (ValueType.DATE, "older_than"): _older_than,
        (ValueType.DATE, "anniversary_in_next"): _anniversary_in_next,
        (ValueType.LIST, "has_any"): _has_any,
        (ValueType.LIST, "has_all"): _has_all,
    }
)
