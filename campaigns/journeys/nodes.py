"""The typed nodes of a journey: what `parse` makes of the document and `advance` walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

UNITS = ("seconds", "minutes", "hours", "days", "weeks")
CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Duration:
    """`{"amount", "unit"}` as written; `length` is the time it stands for."""

    amount: int
    unit: str

    @property
    def length(self) -> timedelta:
        return timedelta(**{self.unit: self.amount})

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class Send:
    """One message, in the words of a template; the way goes on once it is sent or withheld."""

    channel: str
    template: str
    next: str


@dataclass(frozen=True, slots=True)
class Wait:
    duration: Duration
    next: str


@dataclass(frozen=True, slots=True)
class Branch:
    """Asks a rule of the rule language about the customer at that instant. `rule` is its document."""

    rule: Mapping[str, Any]
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of the way."""


Node: TypeAlias = Send | Wait | Branch | Exit


@dataclass(frozen=True, slots=True)
class Entry:
    """What starts the journey: becoming active in a segment."""

    segment: str
    on: str = "enter"


@dataclass(frozen=True, slots=True)
class Goal:
    """The event that the journey is for; once the customer did it, nothing more is sent."""

    event: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole journey. `re_entry` is `never`, `always`, or how long after an entry the next one may follow."""

    entry: Entry
    first: str
    nodes: Mapping[str, Node]
    re_entry: str | Duration = "never"
    goal: Goal | None = None

    def sends(self) -> list[Send]:
        """The steps that send, in the order they are written."""
        return [node for node in self.nodes.values() if isinstance(node, Send)]
