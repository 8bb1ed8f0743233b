"""One value of a customer or an event as SQL, in every type that an operator may ask for.

NULL is the missing value. A value of another type than the one asked for is missing too.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from segmentation.compiler import dates
from segmentation.compiler.sql import (
    Expression,
    call,
    cast,
    coalesce,
    compared,
    equal,
    is_present,
    lowered,
    times,
    when,
    word,
)


@dataclass(frozen=True)
class Quotient:
    """A number as a fraction, so that a third compares exactly; without `bottom` a plain number.

    `bottom` is positive, or NULL where there is no value.
    """

    top: Expression
    bottom: Expression | None = None

    def compared(self, operator: str, other: Expression) -> Expression:
        """Against a plain number; unknown where this has no value."""
        right = other if self.bottom is None else times(other, self.bottom)
        return compared(self.top, operator, right)

    def plain(self) -> Expression:
        """As one number, a fraction to 20 decimal places."""
        if self.bottom is None:
            return self.top
        # PostgreSQL keeps as many places as the dividend has.
        top = times(self.top, cast(word("1." + "0" * 24), "numeric"))
        return call(
            "round",
            exp.Div(this=top, expression=exp.Paren(this=self.bottom), typed=True),
            exp.Literal.number(20),
        )


class Value:
    """A value of no type at all; the kinds below answer for the types that they have."""

    def present(self) -> Expression:
        raise NotImplementedError

    def text(self) -> Expression:
        return cast(exp.null(), "text")

    def number(self) -> Quotient:
        return Quotient(cast(exp.null(), "numeric"))

    def boolean(self) -> Expression:
        return cast(exp.null(), "boolean")

    def instant(self) -> Expression:
        return cast(exp.null(), "timestamptz")

    def array(self) -> Expression:
        """A JSON array, empty where there is none."""
        return cast(word("[]"), "jsonb")

    def is_array(self) -> Expression:
        return exp.false()

    def shown(self) -> Expression:
        """The value as JSON, for people to read."""
        raise NotImplementedError


@dataclass(frozen=True)
class Json(Value):
    """A JSON value: its own type decides. `seconds` reads a number as a date where the catalogue says it is one."""

    json: Expression
    as_text: Expression
    seconds: bool = False

    def _is(self, type_: str) -> Expression:
        return equal(call("jsonb_typeof", self.json), word(type_))

    def present(self) -> Expression:
        return exp.NEQ(this=call("jsonb_typeof", self.json), expression=word("null"))

    def text(self) -> Expression:
        return when(self._is("string"), self.as_text)

    def number(self) -> Quotient:
        return Quotient(when(self._is("number"), cast(self.as_text, "numeric")))

    def boolean(self) -> Expression:
        return equal(self.json, cast(word("true"), "jsonb"))

    def instant(self) -> Expression:
        read = when(self._is("string"), dates.instant_of_text(self.as_text))
        if not self.seconds:
            return read
        return read.when(  # type: ignore[attr-defined, no-any-return]
            self._is("number"), dates.instant_of_seconds(cast(self.as_text, "numeric")), copy=False
        )

    def array(self) -> Expression:
        return when(self.is_array(), self.json, cast(word("[]"), "jsonb"))

    def is_array(self) -> Expression:
        return self._is("array")

    def shown(self) -> Expression:
        return self.json


@dataclass(frozen=True)
class Plain(Value):
    """A column of one type, made from what `type_` names."""

    expression: Expression
    type_: str

    def present(self) -> Expression:
        return is_present(self.expression)

    def text(self) -> Expression:
        return self.expression if self.type_ == "text" else super().text()

    def boolean(self) -> Expression:
        return self.expression if self.type_ == "boolean" else super().boolean()

    def instant(self) -> Expression:
        return self.expression if self.type_ == "instant" else super().instant()

    def shown(self) -> Expression:
        return call("to_jsonb", self.expression)


@dataclass(frozen=True)
class Amount(Value):
    """A computed number."""

    quotient: Quotient

    def present(self) -> Expression:
        parts = [self.quotient.top] + ([] if self.quotient.bottom is None else [self.quotient.bottom])
        return exp.and_(*(is_present(part) for part in parts), copy=False)

    def number(self) -> Quotient:
        return self.quotient

    def shown(self) -> Expression:
        return call("to_jsonb", self.quotient.plain())


def json_field(owner: Expression, key: Expression, *, seconds: bool = False) -> Json:
    """A field of a JSON object by its key."""
    return Json(
        call("jsonb_object_field", owner, key),
        call("jsonb_object_field_text", owner, key),
        seconds,
    )


def json_itself(json: Expression) -> Json:
    """A JSON value that stands by itself."""
    return Json(json, exp.JSONBExtractScalar(this=json, expression=word("{}")))


def told_apart(value: Value) -> Expression:
    """What two values have in common exactly when they count as the same: texts after lower-casing, numbers as
    decimals, whatever else by type and content; NULL for a missing one."""
    text = value.text()
    same_text = call("to_jsonb", lowered(text))
    whole = when(value.present(), value.shown())
    return coalesce(same_text, whole)
