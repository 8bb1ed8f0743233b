"""What a rule reads, checked against the segments there are: unknown ones and cycles are refused with the place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segmentation.errors import SegmentError
from segmentation.models import Segment, SegmentDependency
from segmentation.models.segment import Status
from segmentation.rules.dependencies import dependencies
from segmentation.rules.nodes import Rule
from segmentation.rules.nodes import Segment as SegmentNode
from segmentation.rules.walk import walk

READABLE = (Status.LIVE, Status.PAUSED)


def check_reads(*, slug: str, rule: Rule) -> None:
    """Raise SegmentError where the rule of segment `slug` reads one that nobody may read, or itself through others."""
    readable = set(Segment.objects.filter(status__in=READABLE).values_list("slug", flat=True)) | {slug}
    for pointer, read in segments_read(rule):
        if read not in readable:
            message = f"There is no published segment “{read}”. Publish it first, or choose another."
            raise SegmentError("unknown_segment", message, pointer=f"{pointer}/segment")
    cycle = find_cycle(slug=slug, reads=[read for _, read in segments_read(rule)], graph=reading_graph())
    if cycle:
        pointer = next(place for place, read in segments_read(rule) if read == cycle[1])
        path = " → ".join(cycle)
        raise SegmentError("cycle", f"The segment would read itself: {path}.", pointer=f"{pointer}/segment")


def segments_read(rule: Rule) -> Iterator[tuple[str, str]]:
    """The segments that a rule reads, each with the pointer of its condition."""
    return ((pointer, node.segment) for pointer, node, _ in walk(rule) if isinstance(node, SegmentNode))


def reading_graph() -> dict[str, set[str]]:
    """By segment: those that its published rule reads."""
    graph: dict[str, set[str]] = {}
    rows = SegmentDependency.objects.filter(key__startswith="segment:").values_list("segment__slug", "key")
    for slug, key in rows:
        graph.setdefault(slug, set()).add(key.removeprefix("segment:"))
    return graph


def find_cycle(*, slug: str, reads: list[str], graph: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from a segment back to itself if it read `reads`; empty where there is none."""
    ways = [[slug, read] for read in dict.fromkeys(reads)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == slug:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend([*way, read] for read in sorted(graph.get(way[-1], ())))
    return []


def store_dependencies(*, segment: Segment, rule: Rule) -> None:
    """Make what is kept of a segment's reading equal to its rule."""
    keys = dependencies(rule)
    SegmentDependency.objects.filter(segment=segment).exclude(key__in=keys).delete()
    SegmentDependency.objects.bulk_create(
        [SegmentDependency(segment=segment, key=key) for key in sorted(keys)], ignore_conflicts=True
    )
