"""The list of segments with their sizes and how these moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from segmentation.models import Membership, Segment
from segmentation.models.membership import State
from segmentation.models.segment import Status

SORTS = {
    "rank": "priority",
    "name": "name",
    "size": "size",
    "updated": "last edited",
}
SHOWN_BY_DEFAULT = (Status.LIVE, Status.PAUSED, Status.DRAFT)


@dataclass(frozen=True)
class Wanted:
    """What a reader of the list asked for; every part is one parameter of the address."""

    text: str = ""
    status: str = ""
    tag: str = ""
    folder: str = ""
    sort: str = "rank"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """Read the parameters of the address: `q`, `status`, `tag`, `folder`, `sort`; anything unknown means all."""
        text = {name: parameters.get(name, "").replace("\x00", "").strip()[:200] for name in ("q", "tag", "folder")}
        status, sort = parameters.get("status", ""), parameters.get("sort", "rank")
        return cls(
            text=text["q"],
            status=status if status in Status.values else "",
            tag=text["tag"],
            folder=text["folder"],
            sort=sort if sort in SORTS else "rank",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return bool(self.text or self.status or self.tag or self.folder)


@dataclass(frozen=True)
class Size:
    """How many members a segment has, by state."""

    active: int = 0
    suppressed: int = 0

    @property
    def all(self) -> int:
        return self.active + self.suppressed


def segments_wanted(wanted: Wanted) -> QuerySet[Segment]:
    """The segments of a list; archived ones only when they are asked for."""
    rows = Segment.objects.select_related("owner", "live_version").defer("rule", "live_version__rule")
    rows = rows.filter(status=wanted.status) if wanted.status else rows.filter(status__in=SHOWN_BY_DEFAULT)
    if wanted.text:
        rows = rows.filter(
            Q(name__icontains=wanted.text) | Q(slug__icontains=wanted.text) | Q(goal__icontains=wanted.text)
        )
    if wanted.tag:
        rows = rows.filter(tags__contains=[wanted.tag])
    return rows.filter(folder=wanted.folder) if wanted.folder else rows


def in_order(segments: Sequence[Segment], sizes: dict[int, Size], sort: str) -> list[Segment]:
    """The segments as the reader sorts them; those without a rank after those with one."""
    by_name = sorted(segments, key=lambda one: one.name.lower())
    if sort == "name":
        return by_name
    if sort == "size":
        return sorted(by_name, key=lambda one: -sizes.get(one.pk, Size()).all)
    if sort == "updated":
        return sorted(by_name, key=lambda one: one.updated_at, reverse=True)
    return sorted(by_name, key=lambda one: (one.rank is None, one.rank or 0))


def sizes_of(segments: Iterable[int]) -> dict[int, Size]:
    """Exact sizes from stored membership, in one pass over the index."""
    rows = (
        Membership.objects.filter(segment_id__in=list(segments))
        .values("segment_id")
        .annotate(
            active=Count("id", filter=Q(state=State.ACTIVE)), suppressed=Count("id", filter=Q(state=State.SUPPRESSED))
        )
    )
    return {row["segment_id"]: Size(row["active"], row["suppressed"]) for row in rows}


def tags_in_use() -> list[str]:
    """Every tag that a segment carries, once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT unnest(tags) FROM segmentation_segment ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def folders_in_use() -> list[str]:
    """Every folder that holds a segment."""
    found = Segment.objects.exclude(folder="").order_by("folder").values_list("folder", flat=True).distinct()
    return list(found)


@dataclass(frozen=True)
class Day:
    """One day of a segment: who came, who went, and how many there were at its end."""

    day: date
    entered: int
    exited: int
    size: int


_MOVED = """
SELECT segment_id, (at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE kind = 'entered'),
    count(*) FILTER (WHERE kind = 'exited')
FROM segmentation_membershipchange
WHERE segment_id = ANY(%s) AND at >= %s AND kind IN ('entered', 'exited') GROUP BY 1, 2"""


def days_of(segments: Sequence[int], *, days: int, now: datetime) -> dict[int, list[Day]]:
    """The last days of segments, oldest first, today included.

    The size of today is the stored one; each day before it follows by taking back the entries and exits after it.
    """
    today = now.date()
    first = today - timedelta(days=days - 1)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [list(segments), datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)])
        moved = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
    sizes = sizes_of(segments)
    return {key: _backwards(sizes.get(key, Size()).all, key, moved, today, days) for key in segments}


def _backwards(
    size: int, key: int, moved: dict[tuple[int, date], tuple[int, int]], today: date, days: int
) -> list[Day]:
    found = []
    for back in range(days):
        day = today - timedelta(days=back)
        entered, exited = moved.get((key, day), (0, 0))
        found.append(Day(day, entered, exited, size))
        size = max(0, size - entered + exited)
    return found[::-1]


def since_the_first(days: list[Day], *, least: int = 14) -> list[Day]:
    """The days without the empty ones before anybody entered; at least the last `least`."""
    empty = next((index for index, day in enumerate(days) if day.size or day.entered), len(days))
    return days[max(0, min(empty - 1, len(days) - least)) :]
