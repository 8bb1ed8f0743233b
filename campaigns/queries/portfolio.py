"""The portfolio as the governance pages show it: who speaks first, who keeps whom silent, and how often that happens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from segmentation.models import Exclusion, ExclusionGroup, Membership, Segment
from segmentation.models.segment import Status
from segmentation.queries.listing import Size, sizes_of
from segmentation.reorder import moved


@dataclass(frozen=True)
class Ranked:
    """A segment in the portfolio with its members, the exclusion groups it is in and the segments it excludes. `was` is
    the stored rank of one that an order moves, else None."""

    segment: Segment
    active: int
    suppressed: int
    groups: Sequence[str]
    excludes: Sequence[Segment]
    was: int | None = None


@dataclass(frozen=True)
class Silences:
    """What one segment excludes while it is active."""

    segment: Segment
    excludes: Sequence[Segment]


@dataclass(frozen=True)
class Runner:
    """A segment in a lane: how many customers are active in it, and how many another of the lane suppresses."""

    segment: Segment
    active: int
    suppressed: int
    speaks_first: bool


@dataclass(frozen=True)
class Lane:
    """An exclusion group with its segments by rank. A customer is active in one of them at most, so customers add up."""

    name: str
    runners: Sequence[Runner]
    others: Sequence[Segment]

    @property
    def known(self) -> list[str]:
        """The group as it is now, for whoever changes it by what they saw."""
        return sorted(one.segment.slug for one in self.runners)

    @property
    def active(self) -> int:
        return sum(one.active for one in self.runners)

    @property
    def suppressed(self) -> int:
        return sum(one.suppressed for one in self.runners)


@dataclass(frozen=True)
class Cell:
    """What a row may do to a column: exclude it (`on`), with how many it suppresses now by whatever setting; or nothing
    (`can` is false), since it does not rank above."""

    column: Segment
    can: bool
    on: bool
    suppresses: int


@dataclass(frozen=True)
class Row:
    """A segment with its cells, one a column; a full stop silences all to its right."""

    segment: Segment
    cells: Sequence[Cell]


def portfolio(order: Sequence[Segment]) -> list[Ranked]:
    """The segments in the order given, each with what it holds."""
    sizes = sizes_of(one.pk for one in order)
    groups: dict[int, list[str]] = {}
    pairs = ExclusionGroup.segments.through.objects.order_by("exclusiongroup__name")
    for segment_id, name in pairs.values_list("segment_id", "exclusiongroup__name"):
        groups.setdefault(segment_id, []).append(name)
    excludes = {row.segment.pk: row.excludes for row in exclusions()}
    stored = sorted(order, key=lambda one: one.rank or 0)
    moves = set(moved([one.slug for one in stored], [one.slug for one in order]))
    return [
        Ranked(
            segment=one,
            active=sizes.get(one.pk, Size()).active,
            suppressed=sizes.get(one.pk, Size()).suppressed,
            groups=groups.get(one.pk, ()),
            excludes=excludes.get(one.pk, ()),
            was=one.rank if one.slug in moves else None,
        )
        for one in order
    ]


def exclusion_groups() -> list[tuple[str, list[Segment]]]:
    """Each group with its segments, the highest-ranking first."""
    groups = ExclusionGroup.objects.prefetch_related("segments").order_by("name")
    return [(one.name, sorted(one.segments.all(), key=lambda segment: segment.rank or 0)) for one in groups]


def lanes(ranked: Sequence[Segment]) -> list[Lane]:
    """Each group as a lane. Paused segments stand in it, and neither speak nor are silenced."""
    sizes, pairs = sizes_of(one.pk for one in ranked), suppressing()
    return [
        Lane(
            name=name,
            runners=list(_runners(segments, sizes, pairs)),
            others=[one for one in ranked if one not in segments],
        )
        for name, segments in exclusion_groups()
    ]


def _runners(
    segments: Sequence[Segment], sizes: Mapping[int, Size], pairs: Mapping[tuple[int, int], int]
) -> Iterator[Runner]:
    first = next((one.pk for one in segments if one.status == Status.LIVE), None)
    for one in segments:
        silenced = sum(pairs.get((other.pk, one.pk), 0) for other in segments)
        active = sizes.get(one.pk, Size()).active if one.status == Status.LIVE else 0
        yield Runner(one, active, silenced, one.pk == first)


def suppressing(*, among: Collection[int] | None = None) -> dict[tuple[int, int], int]:
    """How many customers are suppressed now, by who suppresses whom: (upper, lower); both of them among some, or all."""
    rows = Membership.objects.filter(suppressed_by__isnull=False).order_by()
    rows = rows if among is None else rows.filter(segment__in=among, suppressed_by__in=among)
    held = rows.values_list("suppressed_by", "segment").annotate(customers=Count("pk"))
    return {(upper, lower): count for upper, lower, count in held}


def exclusions() -> list[Silences]:
    """Who excludes whom, by rank."""
    found: dict[int, tuple[Segment, list[Segment]]] = {}
    rows = Exclusion.objects.select_related("segment", "excludes").order_by("segment__rank", "excludes__rank")
    for row in rows:
        found.setdefault(row.segment_id, (row.segment, []))[1].append(row.excludes)
    return [Silences(segment, excludes) for segment, excludes in found.values()]


def concerned(ranked: Sequence[Segment]) -> list[Segment]:
    """The segments that exclude, are excluded or are full stops."""
    found = {one.pk for row in exclusions() for one in (row.segment, *row.excludes)}
    return [one for one in ranked if one.pk in found or one.blocks_all_below]


def matrix(segments: Sequence[Segment]) -> list[Row]:
    """Who may exclude whom among these, in their order: rows exclude columns."""
    on = set(Exclusion.objects.values_list("segment_id", "excludes_id"))
    pairs = suppressing()
    return [
        Row(
            segment=upper,
            cells=[
                Cell(
                    column=lower,
                    can=(upper.rank or 0) < (lower.rank or 0),
                    on=(upper.pk, lower.pk) in on,
                    suppresses=pairs.get((upper.pk, lower.pk), 0),
                )
                for lower in segments
            ],
        )
        for upper in segments
    ]
