"""The list of segments with their sizes and how these moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q, QuerySet

from common.asked import text_in
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.logged import moves_by_day
from segmentation.queries.membership import counts

# The orders, and the way each goes by nature; `-size` goes the other way.
SORTS = {
    "rank": "ascending",
    "name": "ascending",
    "status": "ascending",
    "size": "descending",
    "owner": "ascending",
    "updated": "descending",
}
SHOWN_BY_DEFAULT = (Status.LIVE, Status.PAUSED, Status.DRAFT)
NOBODY = "nobody"


@dataclass(frozen=True)
class Wanted:
    """What a reader of the list asked for; every part is one parameter of the address."""

    text: str = ""
    status: str = ""
    kind: str = ""
    tag: str = ""
    folder: str = ""
    owner: str = ""
    health: str = ""
    sort: str = "rank"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """Read the parameters of the address: `q`, `status`, `kind`, `tag`, `folder`, `owner` (a user name, or nobody),
        `health`, `sort`; anything unknown means all."""
        names = ("q", "tag", "folder", "owner")
        text = {name: text_in(parameters.get(name, "")).strip()[:200] for name in names}
        status, kind, health, sort = (parameters.get(name, "") for name in ("status", "kind", "health", "sort"))
        return cls(
            text=text["q"],
            status=status if status in Status.values else "",
            kind=kind if kind in Segment.Kind.values else "",
            tag=text["tag"],
            folder=text["folder"],
            owner=text["owner"],
            health=health if health.isidentifier() else "",
            sort=sort if sort.removeprefix("-") in SORTS else "rank",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return self != Wanted(sort=self.sort)


@dataclass(frozen=True)
class Size:
    """How many members a segment has, by state."""

    active: int = 0
    suppressed: int = 0

    @property
    def all(self) -> int:
        return self.active + self.suppressed


def segments_wanted(wanted: Wanted) -> QuerySet[Segment]:
    """The segments of a list; archived ones only when they are asked for. Health is not asked here: findings/asked.py."""
    rows = Segment.objects.select_related("owner", "live_version").defer("rule", "live_version__rule")
    rows = rows.filter(status=wanted.status) if wanted.status else rows.filter(status__in=SHOWN_BY_DEFAULT)
    if wanted.text:
        rows = rows.filter(
            Q(name__icontains=wanted.text) | Q(slug__icontains=wanted.text) | Q(goal__icontains=wanted.text)
        )
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.tag:
        rows = rows.filter(tags__contains=[wanted.tag])
    if wanted.owner:
        rows = rows.filter(owner=None) if wanted.owner == NOBODY else rows.filter(owner__username=wanted.owner)
    return rows.filter(folder=wanted.folder) if wanted.folder else rows


def in_order(segments: Sequence[Segment], sizes: Mapping[int, Size], sort: str) -> list[Segment]:
    """The segments as the reader sorts them; those without a rank or an owner after those with one."""
    key, by_name = sort.removeprefix("-"), sorted(segments, key=lambda one: one.name.lower())
    down = (SORTS[key] == "descending") != sort.startswith("-")
    if key == "name":
        return by_name[::-1] if down else by_name
    if key in ("rank", "owner"):
        lacking = [one for one in by_name if (one.rank if key == "rank" else one.owner) is None]
        having = [one for one in by_name if one not in lacking]
        return sorted(having, key=lambda one: _value(one, key, sizes), reverse=down) + lacking
    return sorted(by_name, key=lambda one: _value(one, key, sizes), reverse=down)


def _value(segment: Segment, key: str, sizes: Mapping[int, Size]) -> Any:
    if key == "size":
        return sizes.get(segment.pk, Size()).all
    if key == "owner":
        return segment.owner.get_username().lower() if segment.owner else ""
    return {"rank": segment.rank, "status": segment.get_status_display(), "updated": segment.updated_at}[key]


def owners_in_use() -> list[tuple[str, str]]:
    """The owners of segments: user name and how they are called."""
    owned = Segment.objects.exclude(owner=None).values("owner")
    people = User.objects.filter(pk__in=owned).order_by("username")
    return [(one.username, one.get_full_name() or one.username) for one in people]


def sizes_of(segments: Iterable[int]) -> dict[int, Size]:
    """Exact sizes, without counting."""
    return {key: Size(found.active, found.suppressed) for key, found in counts(segments).items()}


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


def days_of(segments: Sequence[int], *, days: int, now: datetime) -> dict[int, list[Day]]:
    """The last days of segments, oldest first, today included.

    The size of today is the stored one; each day before it follows by taking back the entries and exits after it.
    """
    today = now.date()
    midnight = datetime.combine(today - timedelta(days=days - 1), time(), now.tzinfo)
    # From the midnight on, in the finest steps that instants have.
    moved = moves_by_day(segments, since=midnight - timedelta.resolution, until=now)
    sizes = sizes_of(segments)
    return {key: _backwards(sizes.get(key, Size()).all, moved[key], today, days) for key in segments}


def _backwards(size: int, moved: Mapping[date, tuple[int, int]], today: date, days: int) -> list[Day]:
    found = []
    for back in range(days):
        day = today - timedelta(days=back)
        entered, exited = moved.get(day, (0, 0))
        found.append(Day(day, entered, exited, size))
        size = max(0, size - entered + exited)
    return found[::-1]


def since_the_first(days: list[Day], *, least: int = 14) -> list[Day]:
    """The days without the empty ones before anybody entered; at least the last `least`."""
    empty = next((index for index, day in enumerate(days) if day.size or day.entered), len(days))
    return days[max(0, min(empty, len(days) - least)) :]
