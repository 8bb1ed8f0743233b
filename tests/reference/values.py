"""A JSON value in the type that an operator asks for; None where it is missing or of another type."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-](0\d|1[0-5])(:?[0-5]\d)?)?)?")


def lowered(text: str) -> str:
    """Text as it compares: Python's full lower-casing of the whole text, final sigma and all.

    PostgreSQL's `lower(… COLLATE pg_unicode_fast)` does the same; the two differ only in letters that are younger than
    Python's Unicode tables.
    """
    return text.lower()


def as_text(value: Any) -> str | None:
    return lowered(value) if isinstance(value, str) else None


def as_number(value: Any) -> Fraction | None:
    """The exact number; of a binary float the decimal that it is written as."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return Fraction(Decimal(repr(value)))
    return Fraction(value) if isinstance(value, int | Decimal | Fraction) else None


def as_instant(value: Any, *, seconds: bool) -> datetime | None:
    """An instant from ISO 8601 text, or from a number where the catalogue says that the attribute is a date."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return _instant_of_text(value)
    number = as_number(value) if seconds else None
    try:
        return None if number is None else EPOCH + timedelta(microseconds=number * 1_000_000 // 1)
    except OverflowError:
        return None


def _instant_of_text(text: str) -> datetime | None:
    if not DATE_SHAPE.fullmatch(text) or not text.isascii():
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_list(value: Any) -> list[str] | None:
    """The texts in a list; whatever else is in it matches nothing."""
    return [lowered(item) for item in value if isinstance(item, str)] if isinstance(value, list) else None


def told_apart(value: Any) -> Any:
    """Equal for two values exactly when they count as the same: texts after lower-casing, numbers as decimals."""
    if isinstance(value, str):
        return ("text", lowered(value))
    return _content(value)


def _content(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, str):
        return ("text", value)
    if isinstance(value, list):
        return ("list", tuple(_content(item) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((key, _content(item)) for key, item in value.items()))
    return ("number", as_number(value))
