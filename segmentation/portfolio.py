"""The live segments as evaluation sees them at one moment, and the lock that keeps them so.

Whoever decides membership holds the portfolio still (shared); whoever publishes, pauses, archives or changes governance
holds it alone. So no evaluation by an old rule commits after the new one was switched on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from common.prepared import prepared_cursor
from segmentation.govern import Portfolio
from segmentation.hysteresis import NONE, Hysteresis
from segmentation.models import Exclusion, ExclusionGroup, Segment, SegmentDependency
from segmentation.models.segment import Status
from segmentation.queries.stamp import Stamp, portfolio_stamp
from segmentation.queries.surroundings import live_surroundings
from segmentation.rules.nodes import Duration
from segmentation.rules.surroundings import Surroundings

# The number of the advisory lock, unlike that of any other lock of the project (`tide`, then a running number).
PORTFOLIO_LOCK = 0x7469646501
# The instant of surroundings that are to be asked for another one (`around.at`).
NEVER = datetime.min.replace(tzinfo=UTC)


def hold_still() -> None:
    """Keep the portfolio as it is until the transaction ends; waits while somebody changes it."""
    _lock("pg_advisory_xact_lock_shared")


def hold_alone() -> None:
    """Wait until nobody decides membership, and let nobody begin until the transaction ends."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [PORTFOLIO_LOCK])


@dataclass(frozen=True)
class Standing:
    """One live segment: which version counts, and how its answer is smoothed."""

    id: int
    slug: str
    dynamic: bool
    version: int
    version_id: int | None
    rule_hash: str
    rank: int | None
    hysteresis: Hysteresis
    stopped: bool

    @property
    def evaluable(self) -> bool:
        """Whether its rule is asked; a static segment has none, a broken one keeps its last good membership."""
        return self.dynamic and self.version_id is not None and not self.stopped


@dataclass(frozen=True)
class Book:
    """All live segments with their order, who reads whom, by each thing that can change who reads that, and what their
    rules are evaluated with."""

    segments: Mapping[int, Standing]
    portfolio: Portfolio
    readers: Mapping[int, tuple[int, ...]]
    depth: Mapping[int, int]
    reading: Mapping[str, tuple[int, ...]]
    around: Surroundings

    @cached_property
    def by_slug(self) -> dict[str, Standing]:
        return {standing.slug: standing for standing in self.segments.values()}

    @cached_property
    def evaluable(self) -> list[int]:
        return [standing.id for standing in self.segments.values() if standing.evaluable]

    @cached_property
    def together(self) -> dict[int, list[frozenset[int]]]:
        """By segment: the sets of segments of its depth that read one thing as it does, the largest first."""
        sets: set[frozenset[int]] = set()
        for segments in (*self.reading.values(), self.evaluable):
            for level in {self.depth[segment] for segment in segments}:
                sets.add(frozenset(segment for segment in segments if self.depth[segment] == level))
        together: dict[int, list[frozenset[int]]] = {}
        for alike in sorted(sets, key=lambda one: (-len(one), sorted(one))):
            for segment in alike:
                together.setdefault(segment, []).append(alike)
        return together

    def touched(self, asked: Iterable[int]) -> set[int]:
        """Segments whose membership may matter or change where these are asked: themselves, their readers in turn, and
        whoever has a say in a verdict with one of them."""
        found: set[int] = set()
        waiting = list(asked)
        while waiting:
            segment = waiting.pop()
            if segment not in found:
                found.add(segment)
                waiting.extend(self.readers.get(segment, ()))
        return found.union(*(self.portfolio.circles.get(segment, ()) for segment in found))


def length(duration: Mapping[str, Any] | None) -> timedelta:
    """The time that a stored `{"amount", "unit"}` stands for; null is none."""
    return Duration(int(duration["amount"]), str(duration["unit"])).length if duration else NONE


def hysteresis_of(segment: Segment) -> Hysteresis:
    """The three settings of a segment."""
    return Hysteresis(length(segment.min_stay), length(segment.exit_grace), length(segment.re_entry_pause))


# The last book that was read, with the stamp from before its reading: it is not older than its stamp says.
_last: tuple[Stamp, Book] | None = None


def open_book() -> Book:
    """The live segments. Hold the portfolio still first, wherever something is decided by the answer.

    They are read once and again after a change by anybody; between changes this costs one look at the stamp.
    """
    global _last
    stamp, last = portfolio_stamp(), _last
    if last is None or last[0] != stamp:
        last = _last = (stamp, read_book())
    return last[1]


def read_book() -> Book:
    """Read the live segments."""
    live = list(
        Segment.objects.filter(status=Status.LIVE)
        .select_related("live_version")
        .defer("rule", "live_version__rule", "live_version__sentence")
    )
    segments = {segment.pk: standing_of(segment) for segment in live}
    reading = _reading(segments)
    readers = {
        segment: reading[f"segment:{one.slug}"] for segment, one in segments.items() if f"segment:{one.slug}" in reading
    }
    return Book(
        segments=segments,
        portfolio=portfolio_of(live),
        readers=readers,
        depth=_depths(segments, readers),
        reading=reading,
        around=live_surroundings(keys=reading, now=NEVER),
    )


def standing_of(segment: Segment) -> Standing:
    """What evaluation needs to know of one segment."""
    version = segment.live_version
    return Standing(
        id=segment.pk,
        slug=segment.slug,
        dynamic=segment.kind == Segment.Kind.DYNAMIC,
        version=version.number if version else 0,
        version_id=version.pk if version else None,
        rule_hash=version.rule_hash if version else "",
        rank=segment.rank,
        hysteresis=hysteresis_of(segment),
        stopped=bool(segment.error),
    )


def portfolio_of(live: Iterable[Segment]) -> Portfolio:
    """The order of the live segments and the groups, exclusions and full stops among them."""
    ranked = {segment.pk: segment for segment in live if segment.rank is not None}
    groups: dict[int, set[int]] = {}
    pairs = ExclusionGroup.segments.through.objects.values_list("exclusiongroup_id", "segment_id")
    for group, member in pairs:
        if member in ranked:
            groups.setdefault(group, set()).add(member)
    excludes: dict[int, set[int]] = {}
    for upper, lower in Exclusion.objects.values_list("segment_id", "excludes_id"):
        if upper in ranked and lower in ranked:
            excludes.setdefault(upper, set()).add(lower)
    return Portfolio(
        ranks={key: segment.rank for key, segment in ranked.items() if segment.rank is not None},
        groups=tuple(frozenset(members) for _, members in sorted(groups.items())),
        excludes={upper: frozenset(lower) for upper, lower in excludes.items()},
        full_stops=frozenset(key for key, segment in ranked.items() if segment.blocks_all_below),
    )


def _reading(segments: Mapping[int, Standing]) -> dict[str, tuple[int, ...]]:
    """By what a rule can read, an event's name or a segment: the live segments whose rules do."""
    reading: dict[str, set[int]] = {}
    for reader, key in SegmentDependency.objects.values_list("segment_id", "key"):
        if reader in segments and segments[reader].evaluable:
            reading.setdefault(key, set()).add(reader)
    return {key: tuple(sorted(by)) for key, by in reading.items()}


def _depths(segments: Mapping[int, Standing], readers: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """How many segments must be decided before one can be: 0 for those that read none. There are no cycles."""
    depth = dict.fromkeys(segments, 0)
    waiting = sorted(readers)
    while waiting:
        read = waiting.pop()
        for reader in readers.get(read, ()):
            if depth[reader] <= depth[read]:
                depth[reader] = depth[read] + 1
                waiting.append(reader)
    return depth
