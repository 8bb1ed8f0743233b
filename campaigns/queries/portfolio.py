"""The portfolio as the governance page shows it: who speaks first, who keeps whom silent, and how often that happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from segmentation.models import Exclusion, ExclusionGroup, Membership, Segment


@dataclass(frozen=True)
class Ranked:
    """A segment in the portfolio with its members, and the exclusion groups it is in."""

    segment: Segment
    active: int
    suppressed: int
    groups: Sequence[str]


@dataclass(frozen=True)
class Silences:
    """What one segment excludes while it is active."""

    segment: Segment
    excludes: Sequence[Segment]


def ranked_segments() -> list[Segment]:
    """Live and paused segments, rank 1 first."""
    return list(Segment.objects.filter(rank__isnull=False).order_by("rank"))


def portfolio(order: Sequence[Segment]) -> list[Ranked]:
    """The segments in the order given, each with what it holds."""
    counts: dict[tuple[int, str], int] = {}
    held = Membership.objects.filter(segment__in=order).order_by().values_list("segment_id", "state")
    for segment_id, state, members in held.annotate(members=Count("pk")):
        counts[segment_id, state] = members
    groups: dict[int, list[str]] = {}
    pairs = ExclusionGroup.segments.through.objects.order_by("exclusiongroup__name")
    for segment_id, name in pairs.values_list("segment_id", "exclusiongroup__name"):
        groups.setdefault(segment_id, []).append(name)
    return [
        Ranked(one, counts.get((one.pk, "active"), 0), counts.get((one.pk, "suppressed"), 0), groups.get(one.pk, ()))
        for one in order
    ]


def exclusion_groups() -> list[tuple[str, list[Segment]]]:
    """Each group with its segments, the highest-ranking first."""
    groups = ExclusionGroup.objects.prefetch_related("segments").order_by("name")
    return [(one.name, sorted(one.segments.all(), key=lambda segment: segment.rank or 0)) for one in groups]


def exclusions() -> list[Silences]:
    """Who excludes whom, by rank."""
    found: dict[int, tuple[Segment, list[Segment]]] = {}
    rows = Exclusion.objects.select_related("segment", "excludes").order_by("segment__rank", "excludes__rank")
    for row in rows:
        found.setdefault(row.segment_id, (row.segment, []))[1].append(row.excludes)
    return [Silences(segment, excludes) for segment, excludes in found.values()]
