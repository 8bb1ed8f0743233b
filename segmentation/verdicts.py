"""What new verdicts change of the stored ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """A stored verdict that became another: `suppressed`, `released`, or `reassigned` to another suppressor."""

    segment: int
    kind: str
    suppressor: int | None


def turned(*, stored: Mapping[int, int], verdicts: Mapping[int, int | None]) -> Iterator[Turn]:
    """What verdicts change of stored states: 0 where active, else the suppressing segment (-1 where that is gone)."""
    for segment, suppressor in verdicts.items():
        state = stored.get(segment)
        if state is None or state == (suppressor or 0):
            continue
        if state == 0:
            yield Turn(segment, "suppressed", suppressor)
        else:
            yield Turn(segment, "released" if suppressor is None else "reassigned", suppressor)
