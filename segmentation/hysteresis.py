"""How a segment's own settings smooth the rule's answer: minimum stay, exit grace, re-entry pause. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NONE = timedelta(0)


@dataclass(frozen=True)
class Hysteresis:
    """The three settings; each defaults to none."""

    min_stay: timedelta = NONE
    exit_grace: timedelta = NONE
    re_entry_pause: timedelta = NONE

    def __bool__(self) -> bool:
        return bool(self.min_stay or self.exit_grace or self.re_entry_pause)


class Step(StrEnum):
    """What one look at a customer comes to."""

    ENTER = "enter"
    EXIT = "exit"
    STAY = "stay"
    OUT = "out"


@dataclass(frozen=True)
class Stay:
    """A stored membership: since when, and since when its rule has been seen false (None while it holds)."""

    since: datetime
    false_since: datetime | None = None


@dataclass(frozen=True)
class Settled:
    """What the look comes to, since when the rule is false, when to look again, and which setting decided or delays.

    Where a setting decided, `edge_at` is the instant it ran out.
    """

    step: Step
    false_since: datetime | None = None
    look_at: datetime | None = None
    edge: str = ""
    edge_at: datetime | None = None


def settle(
    *, truth: bool, stay: Stay | None, last_exit: datetime | None, hysteresis: Hysteresis, now: datetime
) -> Settled:
    """Smooth the rule's answer at `now`. An edge counts from its very instant on: at it, the customer may move.

    Exit grace counts from the first evaluation that saw the rule false, minimum stay from the entry, the pause from
    the last exit.
    """
    if stay is None:
        return _outside(truth, last_exit, hysteresis, now)
    if truth:
        return Settled(Step.STAY)
    false_since = stay.false_since or now
    leave_at, edge = max(
        (stay.since + hysteresis.min_stay, "min_stay" if hysteresis.min_stay else ""),
        (false_since + hysteresis.exit_grace, "exit_grace" if hysteresis.exit_grace else ""),
    )
    if now >= leave_at:
        return Settled(Step.EXIT, edge=edge, edge_at=leave_at)
    return Settled(Step.STAY, false_since=false_since, look_at=leave_at, edge=edge)


def _outside(truth: bool, last_exit: datetime | None, hysteresis: Hysteresis, now: datetime) -> Settled:
    """The look at somebody who is not in."""
    if not truth:
        return Settled(Step.OUT)
    if last_exit is None or not hysteresis.re_entry_pause:
        return Settled(Step.ENTER)
    free_at = last_exit + hysteresis.re_entry_pause
    if now >= free_at:
        return Settled(Step.ENTER, edge="re_entry_pause", edge_at=free_at)
    return Settled(Step.OUT, look_at=free_at, edge="re_entry_pause")
