"""How segments overlap, exactly, from stored membership: every pair, and the largest intersections of any number.

One pass over the memberships gives each customer a set of segments as bits, and counts the customers of each set: some
thousands of sets stand for half a million customers. Everything else is added up from these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.db import connection

from segmentation.models import Segment
from segmentation.models.segment import Status

LARGEST = 20
# Bits that a number of PostgreSQL holds without its sign.
WORD = 62

Set = tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two segments, the one of the higher rank first: `both` customers, as a share of each and of either (Jaccard)."""

    a: Segment
    b: Segment
    both: int
    share_of_a: float
    share_of_b: float
    jaccard: float


@dataclass(frozen=True)
class Intersection:
    """The customers who are in exactly these segments of those looked at."""

    segments: tuple[Segment, ...]
    count: int


@dataclass(frozen=True)
class Overlaps:
    """Sizes by segment id, all pairs in the order of ranks, and the largest intersections of two and more."""

    sizes: Mapping[int, int]
    pairs: Sequence[Pair]
    intersections: Sequence[Intersection]

    @property
    def shared(self) -> Sequence[Pair]:
        """The pairs with somebody in both, those with the most customers first."""
        return sorted((pair for pair in self.pairs if pair.both), key=lambda pair: -pair.both)


@dataclass(frozen=True)
class OverlapReport:
    """Before governance (`qualified`) and after it (`active`)."""

    as_of: datetime
    segments: Sequence[Segment]
    qualified: Overlaps
    active: Overlaps


def overlap(*, now: datetime, folder: str = "", channel: str = "") -> OverlapReport:
    """The overlaps of the live segments, all or those of a folder or a channel, by stored membership."""
    rows = Segment.objects.filter(status=Status.LIVE).order_by("rank", "pk").defer("rule")
    rows = rows.filter(folder=folder) if folder else rows
    segments = list(rows.filter(channels__contains=[channel]) if channel else rows)
    qualified: Counter[Set] = Counter()
    active: Counter[Set] = Counter()
    for before, after, customers in _sets([segment.pk for segment in segments]):
        qualified[before] += customers
        active[after] += customers
    return OverlapReport(now, segments, _added_up(segments, qualified), _added_up(segments, active))


def _sets(ids: Sequence[int]) -> Iterator[tuple[Set, Set, int]]:
    """Places in `ids` that a customer qualifies for, those where they are active, and how many customers have these."""
    if not ids:
        return
    words = range(-(-len(ids) // WORD))
    bits = [_bits(word, len(words) > 1, state) for state in ("", "m.state = 'active'") for word in words]
    names = [f"b{place}" for place in range(len(bits))]
    columns = ", ".join(f"{bit} AS {name}" for bit, name in zip(bits, names, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)}, count(*) FROM (SELECT {columns} FROM segmentation_membership m "
            "JOIN unnest(%s::bigint[], %s::int[], %s::bigint[]) AS s (id, word, bit) ON s.id = m.segment_id "
            f"GROUP BY m.customer_id) AS each GROUP BY {', '.join(names)}",
            [list(ids), [place // WORD for place in range(len(ids))], [1 << place % WORD for place in range(len(ids))]],
        )
        for row in cursor:
            yield _places(row[: len(words)]), _places(row[len(words) : -1]), row[-1]


def _bits(word: int, several: bool, state: str) -> str:
    """The bits of a word of a customer's segments, all or those in a state; asked for no more than is needed."""
    asked = [condition for condition in (f"s.word = {word}" if several else "", state) if condition]
    only = f" FILTER (WHERE {' AND '.join(asked)})" if asked else ""
    return f"coalesce(bit_or(s.bit){only}, 0)"


def _places(words: Iterable[int]) -> Set:
    return tuple(
        number * WORD + place
        for number, word in enumerate(words)
        for place in range(word.bit_length())
        if word >> place & 1
    )


def _added_up(segments: Sequence[Segment], sets: Mapping[Set, int]) -> Overlaps:
    sizes: Counter[int] = Counter()
    both: Counter[tuple[int, int]] = Counter()
    for places, customers in sets.items():
        for place in places:
            sizes[place] += customers
        for pair in combinations(places, 2):
            both[pair] += customers
    pairs = [
        _pair(segments[a], segments[b], both[a, b], sizes[a], sizes[b])
        for a, b in combinations(range(len(segments)), 2)
    ]
    several = sorted(((-count, places) for places, count in sets.items() if len(places) > 1))[:LARGEST]
    largest = [Intersection(tuple(segments[place] for place in places), -count) for count, places in several]
    return Overlaps({segment.pk: sizes[place] for place, segment in enumerate(segments)}, pairs, largest)


def _pair(a: Segment, b: Segment, both: int, of_a: int, of_b: int) -> Pair:
    either = of_a + of_b - both
    return Pair(a, b, both, _share(both, of_a), _share(both, of_b), _share(both, either))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
