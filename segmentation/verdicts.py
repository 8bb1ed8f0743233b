"""What new verdicts change of the stored ones. Pure.

A stored verdict is a number: 0 where the customer is active, else the suppressing segment, -1 where that one is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# The stored verdict of a row of memberships.
STORED = "CASE state WHEN 'active' THEN 0 ELSE coalesce(suppressed_by_id, -1) END"


@dataclass(frozen=True)
class Turn:
    """A stored verdict that became another: `suppressed`, `released`, or `reassigned` to another suppressor."""

    segment: int
    kind: str
    suppressor: int | None


def turned(*, stored: Mapping[int, int], verdicts: Mapping[int, int | None]) -> Iterator[Turn]:
    """What verdicts change of the stored ones of the same customer."""
    for segment, suppressor in verdicts.items():
        state = stored.get(segment)
        if state is None or state == (suppressor or 0):
            continue
        if state == 0:
            yield Turn(segment, "suppressed", suppressor)
        else:
            yield Turn(segment, "released" if suppressor is None else "reassigned", suppressor)
