"""Dates and times as text: the part of ISO 8601 that a rule and a value may use.

`YYYY-MM-DD`, then optionally `T` or a space, `HH:MM`, `:SS`, a fraction (digits after the sixth are cut off) and a
zone: `Z`, `+HH`, `+HHMM` or `+HH:MM`, up to 15:59 either way. A date without a time is its midnight UTC, a time without
a zone is UTC. Any other text is no date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

PATTERN = (
    r"^(\d{4}-\d{2}-\d{2})(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?"
    r"(?:([Zz])|([+-])(0\d|1[0-5])(?::?([0-5]\d))?)?)?$"
)
_SHAPE = re.compile(PATTERN, re.ASCII)


def instant_of(text: str) -> datetime | None:
    """The instant in UTC, or None where the text is no date."""
    match = _SHAPE.match(text) if not text.endswith("\n") else None
    if match is None:
        return None
    day, hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    try:
        midnight = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        local = midnight + timedelta(
            hours=int(hour or 0),
            minutes=int(minute or 0),
            seconds=int(second or 0),
            microseconds=int((fraction or "0")[:6].ljust(6, "0")),
        )
        return local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None


def instant_text(instant: datetime) -> str:
    """The canonical text: UTC with a `Z`, microseconds only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
