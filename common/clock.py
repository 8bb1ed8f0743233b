"""The one place that reads the clock. Only doors call it; everything below them is handed `now`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """The instant, in UTC, to the microsecond."""
    return _stopped.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Stop the clock at an instant for what runs inside, in this thread or task: for tests and replays."""
    if at.tzinfo is None:
        raise ValueError("frozen() needs an instant with a time zone, as in datetime(2026, 1, 1, tzinfo=UTC)")
    token = _stopped.set(at.astimezone(UTC))
    try:
        yield at
    finally:
        _stopped.reset(token)
