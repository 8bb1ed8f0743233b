"""The words a sentence is made of: values, durations, windows, selected events, tests. Used by describe.py."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from segmentation.rules.nodes import (
    Between,
    Duration,
    Ever,
    FromTo,
    Last,
    Operand,
    PropertyTest,
    Selector,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.operators import OPERATORS

_PLAIN = re.compile(r"^[^\W_][\w&.'@+/-]*(?: [\w&.'@+/-]+)*$")
_JOINING = re.compile(r"\b(?:and|or|not|is|where|in|none|within)\b", re.IGNORECASE)


# Keys of our own that read badly as they are.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "created_at": "date of creation",
        "first_seen_at": "first visit",
        "last_seen_at": "last visit",
        "orders_ever": "number of orders",
        "orders_12_months": "number of orders in 12 months",
        "revenue_ever": "all-time revenue",
        "revenue_12_months": "revenue in 12 months",
        "first_order_at": "first order",
        "last_order_at": "last order",
        "days_since_last_order": "number of days since the last order",
        "purchase_cycle_days": "purchase cycle in days",
        "most_orders_in_one_category": "largest number of orders in one category",
    }
)


CHANNELS: Mapping[str, str] = MappingProxyType({"sms": "SMS"})


def quoted(text: str) -> str:
    """A text as it is, in quotes where it could be taken for words of the sentence."""
    if _PLAIN.match(text) and not _JOINING.search(text):
        return text
    return f"“{text}”"


def attribute_name(key: str) -> str:
    """The key of an attribute as words."""
    return LABELS.get(key) or name_of(key)


def name_of(key: str) -> str:
    """The key of a property as words: `cart_value` is “cart value”, `$hour` “hour”."""
    words = key.removeprefix("$").replace("_", " ").strip()
    return quoted(words or key)


def channel_name(channel: str) -> str:
    """A channel as people write it."""
    return CHANNELS.get(channel) or name_of(channel)


def listed(words: Sequence[str], joint: str) -> str:
    """“a”, “a or b”, “a, b or c”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def number(value: Decimal) -> str:
    return f"{value:,f}"


def moment(instant: datetime) -> str:
    """A date where it is midnight, else date and time, UTC."""
    here = instant.astimezone(UTC)
    day = f"{here:%Y-%m-%d}" if here.year > 999 else here.date().isoformat()
    if (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0):
        return day
    clock = here.time().isoformat("minutes" if not (here.second or here.microsecond) else "auto")
    return f"{day} {clock} UTC"


def duration(span: Duration) -> str:
    """“48 hours”, “1 day”."""
    return f"{span.amount:,} {span.unit.removesuffix('s') if span.amount == 1 else span.unit}"


def _span(span: Duration) -> str:
    """A duration after “the last”: “48 hours”, “day”."""
    return span.unit.removesuffix("s") if span.amount == 1 else duration(span)


def window(of: Window) -> str:
    """The window as the end of a phrase, with its leading space; ever is nothing."""
    match of:
        case Ever():
            return ""
        case Last(span):
            return f" in the last {_span(span)}"
        case FromTo(start, end) if start.unit == end.unit:
            return f" between {start.amount:,} and {duration(end)} ago"
        case FromTo(start, end):
            return f" between {duration(start)} and {duration(end)} ago"
        case Between(start, end):
            return f" from {moment(start)} to before {moment(end)}"


def event_names(selector: Selector) -> str:
    """“Product Viewed or Product Added”, “anything”."""
    if selector.names == ("*",):
        return "any event" if selector.where else "anything"
    return listed([quoted(name) for name in selector.names], "or")


def events(selector: Selector) -> str:
    """“Product Viewed where category is Activewear”."""
    return event_names(selector) + where(selector.where)


def selected(selector: Selector, rest: str, *, closed: bool = False) -> str:
    """The events and what is said of them, set apart from their `where`, whose last value it would else belong to:
    “Product Viewed where category is Activewear, at least 3 times”. `closed` says that the sentence goes on."""
    return f"{event_names(selector)}{after_where(selector.where, rest, closed=closed)}"


def after_where(lines: Sequence[PropertyTest], rest: str, *, closed: bool = False) -> str:
    """The `where` of events, and the rest behind a comma; both alone where the other is missing."""
    if not lines:
        return rest
    return f"{where(lines)}{',' if rest else ''}{rest}{',' if closed else ''}"


def where(lines: Sequence[PropertyTest]) -> str:
    if not lines:
        return ""
    return " where " + " and ".join(f"{name_of(line.property)} {test(line.test)}" for line in lines)


def test(of: Test) -> str:
    """What is asked of a value: “is at least 50”, “is PL or DE”."""
    joint = "and" if of.operator == "has_all" else "or"
    return OPERATORS[(of.type, of.operator)].phrase.format(*_operand(of, joint))


def _operand(of: Test, joint: str) -> tuple[str, ...]:
    operand: Operand = of.operand
    if operand is None:
        return ()
    if isinstance(operand, Duration):
        relative = of.type is ValueType.DATE and of.operator != "older_than"
        return (_span(operand) if relative else duration(operand),)
    if isinstance(operand, Decimal):
        return (number(operand),)
    if isinstance(operand, datetime):
        return (moment(operand),)
    if OPERATORS[(of.type, of.operator)].phrase.count("{") == 1:
        return (listed([quoted(str(text)) for text in operand], joint),)
    return tuple(number(item) if isinstance(item, Decimal) else moment(_instant(item)) for item in operand)


def _instant(item: object) -> datetime:
    if not isinstance(item, datetime):
        raise TypeError(f"{item!r} is no instant")
    return item
