"""Dates written as text, read by PostgreSQL exactly as `rules.instants` reads them, and never with an error."""

from __future__ import annotations

from sqlglot import exp

from segmentation.compiler.sql import (
    Expression,
    all_of,
    among,
    call,
    cast,
    compared,
    number,
    plus,
    times,
    when,
    word,
)

# The shape of rules/instants.py in PostgreSQL's expressions (a test holds the two together).
SHAPE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
    r"([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$"
)
_FIRST, _LAST = "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"
_FIRST_SECOND, _END_SECOND = -62_135_596_800, 253_402_300_800


def instant_of_text(text: Expression) -> Expression:
    """The instant that a text stands for, or NULL. The day is asked for by itself, since the shape lets 31 June pass."""
    shaped = exp.RegexpLike(this=text, expression=word(SHAPE))
    day = call("pg_input_is_valid", call("substr", text, number(1), number(10)), word("date"))
    return when(all_of([shaped, day]), _in_range(_converted(text)))


def _converted(text: Expression) -> Expression:
    """Digits after the sixth are cut off first, since PostgreSQL would round them; a text without a zone is UTC."""
    dotted = call("replace", text, word(","), word("."))
    cut = call("regexp_replace", dotted, word(r"(\.[0-9]{6})[0-9]+"), word(r"\1"))
    zoned = exp.RegexpLike(this=call("substr", text, number(11)), expression=word("[Zz+-]"))
    suffix = exp.Paren(this=when(zoned, word(""), word(" UTC")))
    return cast(exp.Paren(this=exp.DPipe(this=cut, expression=suffix, safe=True)), "timestamptz")


def _in_range(instant: Expression) -> Expression:
    first, last = cast(word(_FIRST), "timestamptz"), cast(word(_LAST), "timestamptz")
    inside = exp.Between(this=instant, low=first, high=last)
    return when(inside, instant)


def instant_of_seconds(seconds: Expression) -> Expression:
    """The instant of a number of seconds since 1970, to the microsecond (the rest cut off), or NULL out of range."""
    whole = cast(call("floor", seconds), "double precision")
    rest = exp.Paren(this=exp.Sub(this=seconds, expression=call("floor", seconds)))
    micro = cast(call("floor", times(rest, number(1_000_000))), "double precision")
    epoch = cast(word("1970-01-01 00:00:00+00"), "timestamptz")
    instant = plus(
        plus(epoch, times(cast(word("1 second"), "interval"), whole)),
        times(cast(word("1 microsecond"), "interval"), micro),
    )
    inside = all_of(
        [
            compared(seconds, "gte", number(_FIRST_SECOND)),
            compared(seconds, "lt", number(_END_SECOND)),
        ]
    )
    return when(inside, instant)


def day_of_year(instant: Expression, days: Expression) -> Expression:
    """Whether month and day (UTC) are among the days."""
    return among(call("to_char", call("timezone", word("UTC"), instant), word("MM-DD")), days)


def day_number(instant: Expression) -> Expression:
    """The UTC day as one number, 20260301."""
    return cast(call("to_char", call("timezone", word("UTC"), instant), word("YYYYMMDD")), "numeric")
