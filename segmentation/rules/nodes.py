"""The typed nodes of a rule: what `parse` makes of the JSON document and every evaluator walks.

Frozen and hashable: two equal conditions are one condition. Amounts of time are `timedelta`, numbers are `Decimal`,
instants are aware `datetime`. A node holds no pointer; `walk` (walk.py) yields nodes with theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


class ValueType(StrEnum):
    """The type an operator compares; `ANY` is for `is_set` and its twin where the type is unknown."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Duration:
    """`{"amount", "unit"}` as written; `length` is the time it stands for."""

    amount: int
    unit: str

    @property
    def length(self) -> timedelta:
        return timedelta(**{self.unit: self.amount})


@dataclass(frozen=True, slots=True)
class Ever:
    """Up to `now`."""


@dataclass(frozen=True, slots=True)
class Last:
    """In `(now - duration, now]`."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class FromTo:
    """In `(now - start, now - end]`; start is the longer one."""

    start: Duration
    end: Duration


@dataclass(frozen=True, slots=True)
class Between:
    """At or after `start`, before `end`."""

    start: datetime
    end: datetime


Window: TypeAlias = Ever | Last | FromTo | Between

# What a test compares with: text(s) for text and list operators, numbers, two numbers, instants, a duration, nothing.
Operand: TypeAlias = (
    tuple[str, ...] | Decimal | tuple[Decimal, Decimal] | datetime | tuple[datetime, datetime] | Duration | None
)


@dataclass(frozen=True, slots=True)
class Test:
    """One operator with its operand, typed: applied to an attribute, a property or a measured number."""

    type: ValueType
    operator: str
    operand: Operand = None


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """One line of `where`: a property of the event and the test that it must pass."""

    property: str
    test: Test


@dataclass(frozen=True, slots=True)
class Selector:
    """Which events: any of `names` (`("*",)` is any received event) that pass every test of `where`."""

    names: tuple[str, ...]
    where: tuple[PropertyTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """`count`, `days_active`, or `sum`, `avg`, `min`, `max`, `distinct` of a property."""

    aggregate: str
    property: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure over the selected events in a window."""

    selector: Selector
    measure: Measure
    window: Window


@dataclass(frozen=True, slots=True)
class Group:
    """`all` (AND), `any` (OR) or `none` (NOT-OR) of the conditions; over no conditions: true, false, true."""

    op: str
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    key: str
    test: Test


@dataclass(frozen=True, slots=True)
class Event:
    measured: Measured
    test: Test


@dataclass(frozen=True, slots=True)
class Latest:
    """The test on one property of the newest (`last`) or oldest (`first`) selected event in the window."""

    selector: Selector
    which: str
    property: str
    test: Test
    window: Window


@dataclass(frozen=True, slots=True)
class Sequence:
    first: Selector
    then: Selector
    within: Duration
    window: Window
    negate: bool = False
    after: Duration | None = None
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeSide:
    key: str


@dataclass(frozen=True, slots=True)
class NumberSide:
    value: Decimal


Side: TypeAlias = Measured | AttributeSide | NumberSide


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator factor * right + offset`; false where a side has no value."""

    left: Side
    operator: str
    right: Side
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Percentile:
    key: str
    side: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Segment:
    """`in` (now), `ever`, `entered` or `left` (in the window)."""

    segment: str
    state: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """`is`, `is_not` with states, or `reachable`, `not_reachable`."""

    channel: str
    operator: str
    states: tuple[str, ...] = ()


Node: TypeAlias = Group | Attribute | Event | Latest | Sequence | Compare | Percentile | Segment | Consent


@dataclass(frozen=True, slots=True)
class Rule:
    """Belongs when `include` is true and `exclude`, where present, is false. Statements are kept by rule, so each rule
    knows its hash."""

    include: Group
    exclude: Group | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.include, self.exclude)))

    def __hash__(self) -> int:
        return self._hash
