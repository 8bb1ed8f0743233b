"""Which segments moved in seven days, and whether by more than they usually do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev

from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.listing import Day, days_of

WEEK = 7
BEFORE = 28
# A habit needs two weeks to show; the day a segment was published is none of it.
LEAST = 14
# Beyond the habit: twice the usual spread of a week away from the usual week, and not a handful of people.
SPREADS = 2.0
HANDFUL = 3


@dataclass(frozen=True)
class Moved:
    """A segment with its entries and exits of seven days; `usual` is its usual net week, None where it is too young."""

    segment: Segment
    entered: int
    exited: int
    size: int
    usual: float | None
    spread: float

    @property
    def net(self) -> int:
        """How much it grew (or shrank, below zero)."""
        return self.entered - self.exited

    @property
    def usual_week(self) -> int | None:
        """The usual net week in whole customers."""
        return None if self.usual is None else round(self.usual)

    @property
    def away(self) -> float:
        """How far the week is from the usual one."""
        return 0.0 if self.usual is None else abs(self.net - self.usual)

    @property
    def beyond(self) -> bool:
        """Whether it grew or shrank beyond its habit."""
        return self.usual is not None and self.away > max(SPREADS * self.spread, HANDFUL)


def segments_moved(*, now: datetime, most: int = 8) -> list[Moved]:
    """Live segments that moved: those beyond their habit first, the furthest first; then by their net change."""
    segments = {row.pk: row for row in Segment.objects.filter(status=Status.LIVE).defer("rule")}
    days = days_of(list(segments), days=WEEK + BEFORE, now=now)
    found = [moved_by(segments[number], lines) for number, lines in days.items()]
    moved = [one for one in found if one.entered or one.exited]
    moved.sort(key=lambda one: (not one.beyond, -one.away if one.beyond else 0.0, -abs(one.net), -one.entered, one.segment.pk))  # fmt: skip
    return moved[:most]


def moved_by(segment: Segment, days: Sequence[Day]) -> Moved:
    """The last week of a segment beside the weeks before it. `days` end today, oldest first."""
    week, before = days[-WEEK:], days[:-WEEK]
    first = next((index for index, day in enumerate(before) if day.size or day.entered or day.exited), len(before))
    nets = (
        [day.entered - day.exited for day in before[first + 1 :]] if first else [d.entered - d.exited for d in before]
    )
    known = len(nets) >= LEAST
    return Moved(
        segment=segment,
        entered=sum(day.entered for day in week),
        exited=sum(day.exited for day in week),
        size=week[-1].size,
        usual=WEEK * fmean(nets) if known else None,
        spread=WEEK**0.5 * stdev(nets) if known else 0.0,
    )
