"""The instants in a call: read, corrected for a wrong client clock, refused when they cannot be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.tracking.values import RejectedError

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(hours=24)
# Two digits of hours at least: `fromisoformat` reads "2026" and week dates too, which no client means.
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?\s*(Z|z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
# Beyond it a number counts milliseconds, as JavaScript's clock does: in seconds it would be the year 5138.
_SECONDS_END = 100_000_000_000


def read_instant(value: Any) -> datetime | None:
    """The instant that ISO 8601 text says, in UTC (a date is its midnight, no zone is UTC); None if it says none."""
    if not isinstance(value, str) or not _ISO.fullmatch(value.strip()):
        return None
    try:
        instant = datetime.fromisoformat(value.strip().upper())
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_date(value: Any) -> datetime | None:
    """The instant of a date that may also come as a number of seconds (or milliseconds) since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return read_instant(value)
    seconds = Decimal(value)
    if abs(seconds) >= _SECONDS_END:
        seconds /= 1000
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))
    except (OverflowError, ArithmeticError):
        return None


def read_sent_at(value: Any) -> datetime | None:
    """When the client says it sent the call; None if it does not say. Raises RejectedError for what is no time."""
    if value is None or value == "":
        return None
    instant = read_instant(value)
    if instant is None:
        raise RejectedError("sentAt: give an ISO 8601 time, as in 2026-01-31T12:00:00Z.")
    return instant


def event_time(timestamp: Any, *, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it happened by our clock: `timestamp + (received_at - sent_at)`; without a timestamp, when it was received.

    Raises RejectedError for what is no time, lies before the year 2000 or over 24 hours ahead.
    """
    if timestamp is None or timestamp == "":
        return received_at
    stated = read_instant(timestamp)
    if stated is None:
        raise RejectedError("timestamp: give an ISO 8601 time, as in 2026-01-31T12:00:00Z.")
    try:
        time = stated + (received_at - sent_at) if sent_at else stated
    except OverflowError as error:
        raise RejectedError("timestamp: corrected by sentAt it is no time any more.") from error
    if time < EARLIEST:
        raise RejectedError(f"timestamp: {time.isoformat()} lies before the year 2000.")
    if time > received_at + FURTHEST_AHEAD:
        raise RejectedError(f"timestamp: {time.isoformat()} lies over 24 hours in the future.")
    return time
