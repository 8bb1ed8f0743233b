"""A compiled statement, and the values that it is bound to.

A statement is built once for a rule and bound for every evaluation: what depends on the instant, on ids or on the
batch of customers is kept as a `Late` value and resolved at the end, so that the text can be kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from segmentation.compiler.sql import Expression, cast
from segmentation.compiler.surroundings import Surroundings, UncompilableError
from segmentation.rules.nodes import Percentile

FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Statement:
    """SQL in PostgreSQL's dialect with named parameters as psycopg takes them, and their values."""

    sql: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Moment:
    """What late values are resolved from. `since` is the earlier of a sweep's two instants, `instants` those of a
    statement that answers for many."""

    surroundings: Surroundings
    customers: Sequence[int] = ()
    since: datetime | None = None
    instants: Sequence[datetime] = ()


class Late:
    """A value that is known only when the statement is bound."""

    def resolve(self, moment: Moment) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class Instant(Late):
    """`now + ahead` (behind, where negative), or the same from the earlier instant of a sweep."""

    ahead: timedelta = timedelta()
    of_since: bool = False

    def resolve(self, moment: Moment) -> datetime:
        base = moment.surroundings.now
        if self.of_since:
            if moment.since is None:
                raise ValueError("A statement about a stretch of time needs its beginning.")
            base = moment.since
        try:
            return base.astimezone(UTC) + self.ahead
        except OverflowError:
            return FIRST_INSTANT if self.ahead < timedelta() else LAST_INSTANT


@dataclass(frozen=True)
class Earliest(Late):
    """The earliest of several instants."""

    instants: frozenset[Instant | datetime]

    def resolve(self, moment: Moment) -> datetime:
        return min(i.resolve(moment) if isinstance(i, Instant) else i for i in self.instants)


@dataclass(frozen=True)
class Today(Late):
    """The UTC day of the instant as one number, 20260301: ages are differences of such numbers."""

    of_since: bool = False

    def resolve(self, moment: Moment) -> int:
        day = Instant(of_since=self.of_since).resolve(moment)
        return day.year * 10000 + day.month * 100 + day.day


@dataclass(frozen=True)
class Anniversaries(Late):
    """The days of the year (`03-01`) from today on; 29 February stands beside 1 March where a year has none."""

    days: int
    of_since: bool = False

    def resolve(self, moment: Moment) -> list[str]:
        today = Instant(of_since=self.of_since).resolve(moment).replace(tzinfo=None)
        found: set[str] = set()
        for ahead in range(min(self.days, 366)):
            try:
                day = today + timedelta(days=ahead)
            except OverflowError:
                break
            found.add(day.strftime("%m-%d"))
            if (day.month, day.day) == (3, 1) and (day - timedelta(days=1)).day == 28:
                found.add("02-29")
        return sorted(found)


@dataclass(frozen=True)
class DaysBetween(Late):
    """The days, as `2026-03-01`, that a date in the strip of an edge can be written with, whatever its zone."""

    ahead: timedelta

    def resolve(self, moment: Moment) -> list[str]:
        zones = timedelta(hours=16)
        first = Instant(self.ahead - zones, of_since=True).resolve(moment).date()
        last = Instant(self.ahead + zones).resolve(moment).date()
        return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


@dataclass(frozen=True)
class EventIds(Late):
    """The ids of event names; a name that was never received has none."""

    names: tuple[str, ...]

    def resolve(self, moment: Moment) -> list[int]:
        ids = moment.surroundings.event_ids
        return [ids[name] for name in self.names if name in ids]


@dataclass(frozen=True)
class SegmentId(Late):
    slug: str

    def resolve(self, moment: Moment) -> int:
        try:
            return moment.surroundings.segment_ids[self.slug]
        except KeyError:
            raise UncompilableError(
                f"The segment “{self.slug}” that this rule reads is gone or archived.", "unknown_segment"
            ) from None


@dataclass(frozen=True)
class Threshold(Late):
    """The stored threshold of a percentile condition; None where nobody has the value."""

    percentile: Percentile

    def resolve(self, moment: Moment) -> Decimal | None:
        thresholds = moment.surroundings.thresholds
        if thresholds is None or self.percentile not in thresholds:
            raise UncompilableError(
                f"The threshold of “{self.percentile.key}” was not computed yet.", "missing_threshold"
            )
        return thresholds[self.percentile]


@dataclass(frozen=True)
class Customers(Late):
    def resolve(self, moment: Moment) -> list[int]:
        return list(moment.customers)


@dataclass
class Parameters:
    """What one statement under construction has in common: its values, each bound once, and tables of its own that
    several parts of it read by their names."""

    values: dict[str, Any] = field(default_factory=dict)
    named: dict[str, exp.Select] = field(default_factory=dict)
    _names: dict[Hashable, str] = field(default_factory=dict)

    @property
    def stand_still(self) -> bool:
        """Whether a table of the statement is the same for all of it."""
        return True

    def add(self, value: Any, type_: str) -> Expression:
        """A placeholder for the value, cast to a type of PostgreSQL."""
        key = (type(value), tuple(value) if isinstance(value, list) else value)
        name = self._names.setdefault(key, f"p{len(self._names) + 1}")
        self.values[name] = value
        return cast(exp.Placeholder(this=name), type_)


@dataclass(frozen=True)
class Compiled:
    """A statement's text with values still to be resolved."""

    sql: str
    values: Mapping[str, Any]

    def bind(self, moment: Moment) -> Statement:
        return Statement(self.sql, {k: v.resolve(moment) if isinstance(v, Late) else v for k, v in self.values.items()})


def finished(query: exp.Query, parameters: Parameters) -> Compiled:
    """The statement's text. Tables of its own come first, since what follows may read them."""
    for name, named in parameters.named.items():
        query = query.with_(name, as_=named, copy=False)
    if parameters.named:
        tables = query.args["with_"].expressions
        first = len(tables) - len(parameters.named)
        query.args["with_"].set("expressions", tables[first:] + tables[:first])
    return Compiled(query.sql("postgres", copy=False, comments=False), parameters.values)
