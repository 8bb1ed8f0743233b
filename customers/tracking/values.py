"""Values as they come in a call, made fit to be kept: exact numbers, text without NUL, nothing absurd."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

DEEPEST = 20
LARGEST_EXPONENT = 308
MOST_DIGITS = 100
LARGEST_INTEGER = 10**MOST_DIGITS
NUMERIC = frozenset(
    {
        "revenue",
        "price",
        "total",
        "value",
        "quantity",
        "shipping",
        "tax",
        "discount",
        "subtotal",
        "cart_value",
        "refund",
    }
)

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_sorted_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


class RejectedError(ValueError):
    """A call that is not taken; the message says why, in words for whoever sent it."""


def decode(body: bytes) -> Any:
    """JSON with its numbers exact: 0.1 is `Decimal("0.1")`. Raises RejectedError for what is not JSON."""
    try:
        return _decoder.decode(body)
    except RecursionError as error:
        raise RejectedError("The JSON is nested too deeply.") from error
    except InvalidOperation as error:
        raise RejectedError("A number in the JSON is absurdly large or small.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RejectedError(f"The body is not JSON: {error}.") from error


def encode(value: Any) -> str:
    """JSON text that a JSONB column takes, numbers as exact as they came."""
    return _encoder.encode(value).decode()


def canonical(value: Any) -> bytes:
    """The same bytes for equal content, whatever the order of its keys."""
    return _sorted_encoder.encode(value)


def clean(value: Any, path: str, depth: int = 0) -> Any:
    """A copy of a JSON value that can be kept. NUL characters go; raises RejectedError for what makes no sense."""
    kind = type(value)
    if kind is str:
        return _clean_text(value, path)
    if value is None or kind is bool:
        return value
    if kind is int:
        if -LARGEST_INTEGER < value < LARGEST_INTEGER:
            return value
        raise RejectedError(f"{path}: a number this large cannot be meant.")
    if kind is Decimal or kind is float:
        return _clean_number(value, path)
    if depth >= DEEPEST:
        raise RejectedError(f"{path}: nested deeper than {DEEPEST} levels.")
    if isinstance(value, Mapping):
        return {_clean_text(key, path): clean(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, path, depth + 1) for item in value]
    raise RejectedError(f"{path}: {kind.__name__} is no JSON value.")


def _clean_text(value: Any, path: str) -> str:
    """Text without NUL, which PostgreSQL cannot keep; half of a surrogate pair is no text."""
    if not isinstance(value, str):
        raise RejectedError(f"{path}: a name must be text.")
    if value.isascii():
        return value.replace("\x00", "") if "\x00" in value else value
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RejectedError(f"{path}: the text holds half of a surrogate pair.") from error
    return value.replace("\x00", "")


def _clean_number(value: Decimal | float, path: str) -> Decimal:
    if not math.isfinite(value):
        raise RejectedError(f"{path}: NaN and Infinity are no numbers.")
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    _, digits, exponent = number.as_tuple()
    if abs(number.adjusted()) > LARGEST_EXPONENT or len(digits) > MOST_DIGITS or abs(int(exponent)) > LARGEST_EXPONENT:
        raise RejectedError(f"{path}: a number with this many digits cannot be meant.")
    return number


def number_in(value: Any) -> Decimal | int | None:
    """The number that a value is, or that its text says (`"12.50"`); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return value
    if not isinstance(value, str) or not _reads_as_number(value.strip()):
        return None
    try:
        number = _clean_number(Decimal(value.strip()), "")
    except (InvalidOperation, RejectedError):
        return None
    whole = value.strip().lstrip("+-").isdigit()
    return int(number) if whole else number


def _reads_as_number(text: str) -> bool:
    """Digits, a sign, a point, an exponent: what Decimal reads besides (`NaN`, `1_000`, other scripts) is left as text."""
    return bool(text) and text.isascii() and all(char in "0123456789+-.eE" for char in text)


def read_numbers(properties: dict[str, Any]) -> None:
    """Turn the well-known money and quantity properties that came as numeric text into numbers, in place."""
    for key in NUMERIC & properties.keys():
        if isinstance(properties[key], str):
            number = number_in(properties[key])
            if number is not None:
                properties[key] = number


def text_or_none(value: Any) -> str | None:
    """Text that says something, without space around it; None for anything else."""
    if not isinstance(value, str):
        return None
    return value.strip() or None
