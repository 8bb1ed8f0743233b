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
from django.db.models import Exists, OuterRef, QuerySet

from segmentation.models import Membership, Segment
from segmentation.models.segment import Status

LARGEST = 20
# Which segments the report looks at. A paused one keeps the members and the states it had.
STATUSES = {"live": (Status.LIVE,), "paused": (Status.PAUSED,), "both": (Status.LIVE, Status.PAUSED)}
ORDERS = ("count", "share", "jaccard")
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

    @property
    def larger_share(self) -> float:
        """Of the two segments, the share of the one that lies more within the other."""
        return max(self.share_of_a, self.share_of_b)

    def size(self, order: str) -> float:
        """What the pair is ordered by."""
        return {"share": self.larger_share, "jaccard": self.jaccard}.get(order, self.both)


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
        return self.shared_by("count")

    def shared_by(self, order: str) -> Sequence[Pair]:
        """The pairs with somebody in both, the largest first by one of ORDERS: customers, the larger share, Jaccard."""
        return sorted((pair for pair in self.pairs if pair.both), key=lambda pair: -pair.size(order))


@dataclass(frozen=True)
class OverlapReport:
    """Before governance (`qualified`) and after it (`active`)."""

    as_of: datetime
    segments: Sequence[Segment]
    qualified: Overlaps
    active: Overlaps


def overlap(*, now: datetime, folder: str = "", channel: str = "", status: str = "live") -> OverlapReport:
    """The overlaps of the segments of a status, all or those of a folder or a channel, by stored membership."""
    return overlap_of(segments_of(folder=folder, channel=channel, status=status), now=now)


def segments_of(*, folder: str = "", channel: str = "", status: str = "live") -> list[Segment]:
    """The segments that the report looks at, by rank; `status` is one of STATUSES."""
    rows = Segment.objects.filter(status__in=STATUSES.get(status, (Status.LIVE,))).order_by("rank", "pk").defer("rule")
    rows = rows.filter(folder=folder) if folder else rows
    return list(rows.filter(channels__contains=[channel]) if channel else rows)


def folders_of(segments: QuerySet[Segment]) -> list[str]:
    """The folders that the segments lie in, to choose from."""
    return sorted(segments.exclude(folder="").values_list("folder", flat=True).distinct())


def channels_of(segments: QuerySet[Segment]) -> list[str]:
    """The channels on the cards of the segments, to choose from."""
    return sorted({channel for row in segments.values_list("channels", flat=True) for channel in row})


def in_exactly(
    inside: Sequence[Segment], looked_at: Sequence[Segment], *, active: bool = False
) -> QuerySet[Membership]:
    """Who is in exactly these of the segments looked at (`active`: in whom exactly these are), as members of the first."""
    state = {"state": "active"} if active else {}
    also = Membership.objects.filter(customer=OuterRef("customer"), **state)
    rows = Membership.objects.filter(segment=inside[0], **state)
    for one in inside[1:]:
        rows = rows.filter(Exists(also.filter(segment=one)))
    others = [one.pk for one in looked_at if one not in inside]
    return rows.filter(~Exists(also.filter(segment__in=others))) if others else rows


def overlap_of(segments: Sequence[Segment], *, now: datetime) -> OverlapReport:
    """The overlaps of these segments, by stored membership."""
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
