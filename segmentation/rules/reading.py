"""Reading a JSON document with all its faults: a place knows its pointer and collects what is wrong there.

A reader that finds a fault records it and answers a stand-in, so that reading goes on and the rest of the faults is
found too. Whoever started the reading looks at the faults before using anything that was read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.faults import Fault, escaped

T = TypeVar("T")

MAX_DEPTH = 8
MAX_NODES = 200
MAX_TEXT = 1_000
MAX_NAME = 200
MAX_VALUES = 1_000
MAX_NAMES = 50
MAX_WHERE = 20
MAX_SAME = 10


@dataclass(slots=True)
class Reading:
    """What one reading shares: the catalogue, the faults found, and how many nodes there were."""

    catalogue: Catalogue
    faults: list[Fault] = field(default_factory=list)
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One value of the document."""

    pointer: str
    value: object
    reading: Reading

    def fault(self, code: str, message: str) -> None:
        self.reading.faults.append(Fault(self.pointer, message, code))

    def below(self, key: str | int, value: object) -> Place:
        return Place(f"{self.pointer}/{escaped(str(key))}", value, self.reading)


Fields = Mapping[str, Place]


def take(fields: Fields, key: str, read: Callable[[Place], T], default: T) -> T:
    """What `read` makes of a field; the default where the document has none (a fault already, if it is required)."""
    place = fields.get(key)
    return default if place is None else read(place)


def an_object(place: Place, *, required: Sequence[str], optional: Sequence[str] = ()) -> Fields:
    """The fields of an object. Unknown and missing keys are faults; `null` counts as absent."""
    if not isinstance(place.value, dict):
        place.fault("wrong_type", f"Write an object here with {_listed(required)}, not {kind_of(place.value)}.")
        return {}
    allowed = (*required, *optional)
    for key in place.value:
        if key not in allowed:
            message = f"“{key}” means nothing here; allowed are {_listed(allowed)}."
            place.below(str(key), None).fault("unknown_key", message)
    fields = {key: place.below(key, place.value[key]) for key in allowed if place.value.get(key) is not None}
    for key in required:
        if key not in fields:
            place.below(key, None).fault("missing", f"“{key}” is missing.")
    return fields


def a_list(place: Place, *, what: str, most: int, least: int = 0) -> list[Place]:
    """The items of a list of `least` to `most`."""
    if not isinstance(place.value, list | tuple):
        place.fault("wrong_type", f"Write a list of {what} here, not {kind_of(place.value)}.")
        return []
    if len(place.value) < least:
        place.fault("too_few", f"Name at least {least} of the {what}.")
    if len(place.value) > most:
        place.fault("too_many", f"A list of {what} holds at most {most:,}; this one has {len(place.value):,}.")
        return []
    return [place.below(index, item) for index, item in enumerate(place.value)]


def a_text(place: Place, *, most: int = MAX_TEXT) -> str:
    """Any text that a database can hold; the empty one too."""
    if not isinstance(place.value, str):
        place.fault("wrong_type", f"Write a text here, not {kind_of(place.value)}.")
        return ""
    if len(place.value) > most:
        place.fault("too_long", f"A text holds at most {most:,} characters here; this one has {len(place.value):,}.")
        return ""
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in place.value):
        place.fault("bad_character", "The text holds a character that cannot be stored (U+0000 or half a pair).")
        return ""
    return place.value


def a_name(place: Place) -> str:
    """The name of an event, a property, an attribute, a channel or a segment: a text that is not empty."""
    before = len(place.reading.faults)
    name = a_text(place, most=MAX_NAME)
    if len(place.reading.faults) == before and not name.strip():
        place.fault("empty", "Write a name here; it is empty.")
    return name


def one_of(place: Place, choices: Sequence[str], *, what: str) -> str:
    """One of a few words."""
    if isinstance(place.value, str) and place.value in choices:
        return place.value
    said = f"“{place.value[:50]}”" if isinstance(place.value, str) else kind_of(place.value)
    place.fault("unknown_value", f"{said} is no {what}; choose {_listed(choices, 'or')}.")
    return choices[0]


def a_boolean(place: Place) -> bool:
    if isinstance(place.value, bool):
        return place.value
    place.fault("wrong_type", f"Write true or false here, not {kind_of(place.value)}.")
    return False


def a_number(place: Place) -> Decimal:
    """A finite number as the decimal that was written. Booleans and texts are none."""
    value = place.value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        place.fault("wrong_type", f"Write a number here, not {kind_of(value)}.")
        return Decimal(0)
    if not _is_finite(value) or (isinstance(value, int) and abs(value) >= 10**15):
        place.fault("out_of_range", "Write a number of less than a quadrillion.")
        return Decimal(0)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if number and not Decimal("1e-12") <= abs(number) < Decimal("1e15"):
        place.fault("out_of_range", "Write a number of less than a quadrillion, or 0, or at least a trillionth.")
        return Decimal(0)
    if Decimal(repr(float(number))) != number:
        place.fault("out_of_range", "The number has more digits than JSON carries safely; write at most 15.")
        return Decimal(0)
    return _plain(number)


def kind_of(value: object) -> str:
    """What a JSON value is, for a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else "nothing"


def _is_finite(value: int | float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)


def _plain(number: Decimal) -> Decimal:
    """The same number written one way, so that 1, 1.0 and 1.00 are equal to the last digit: `Decimal("1")`."""
    if not number:
        return Decimal(0)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _listed(words: Sequence[str], joint: str = "and") -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
