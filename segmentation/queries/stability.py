"""How steady a segment is, from its change log: size and moves by day, how long customers stay, who comes and goes.

Membership here is what qualifies: an entry or an exit, whatever governance says. The definitions are in docs/reports.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.queries.logged import in_at, moves_by_day

DAY = timedelta(days=1)
WEEK, MONTH = 7 * DAY, 30 * DAY
# So many entries within a month make a customer one who bounces.
BOUNCES = 3


@dataclass(frozen=True)
class DayOf:
    """A UTC day: the size at its end, and turnover = (entries + exits) / (2 × mean of the sizes at its two ends)."""

    day: date
    size: int
    entered: int
    exited: int
    turnover: float | None


@dataclass(frozen=True)
class Kept:
    """Of those who were in some days before the end: the share that is in at the end, and the Jaccard of both sets."""

    days: int
    share: float | None
    jaccard: float | None


@dataclass(frozen=True)
class Stability:
    """A segment from one instant to another. Seconds and days; None where nothing can be said."""

    segment: Segment
    since: datetime
    until: datetime
    days: Sequence[DayOf]
    turnover: float | None
    median_stay_seconds: float | None
    p90_stay_seconds: float | None
    half_life_days: float | None
    week: Kept
    month: Kept
    bouncers: int


def stability(*, segment: Segment, since: datetime, until: datetime) -> Stability:
    """The report of a segment over `(since, until]`; `since` and `until` are read as they are, days are UTC days."""
    days = _days(segment, since, until)
    moves = sum(day.entered + day.exited for day in days)
    mean = sum(day.size for day in days) / len(days) if days else 0
    median, ninth = _stays(segment, since, until)
    return Stability(
        segment=segment,
        since=since,
        until=until,
        days=days,
        turnover=moves / (2 * mean) if mean else None,
        median_stay_seconds=median,
        p90_stay_seconds=ninth,
        half_life_days=_half_life(segment, since, until),
        week=_kept(segment, until, WEEK),
        month=_kept(segment, until, MONTH),
        bouncers=bouncers_of([segment.pk], until=until).get(segment.pk, 0),
    )


_SIZE_AT = """
SELECT count(*) FILTER (WHERE kind = 'entered') - count(*) FILTER (WHERE kind = 'exited')
FROM segmentation_membershipchange WHERE segment_id = %(segment)s AND kind IN ('entered', 'exited') AND at <= %(since)s"""


def _days(segment: Segment, since: datetime, until: datetime) -> list[DayOf]:
    moves = moves_by_day([segment.pk], since=since, until=until)[segment.pk]
    ((size,),) = rows_of(_SIZE_AT, segment=segment.pk, since=since)
    found = []
    day, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    while day <= last:
        entered, exited = moves.get(day, (0, 0))
        before, size = size, size + entered - exited
        found.append(DayOf(day, size, entered, exited, (entered + exited) / (before + size) if before + size else None))
        day += DAY
    return found


# A stay is an entry with the exit that follows it.
_STAYS = """
WITH moves AS (
    SELECT customer_id, kind, at, lead(at) OVER (PARTITION BY customer_id ORDER BY at, id) AS until
    FROM segmentation_membershipchange
    WHERE segment_id = %(segment)s AND kind IN ('entered', 'exited') AND at <= %(until)s
), stays AS (
    SELECT at AS since, until, extract(epoch FROM until - at)::float AS seconds FROM moves WHERE kind = 'entered'
)
"""
_ENDED = (
    _STAYS
    + """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)
FROM stays WHERE until > %(since)s"""
)
_BEGUN = (
    _STAYS
    + """
SELECT seconds IS NOT NULL AS ended, coalesce(seconds, extract(epoch FROM %(until)s - since)::float) AS seconds, count(*)
FROM stays WHERE since > %(since)s GROUP BY 1, 2 ORDER BY 2, 1 DESC"""
)


def _stays(segment: Segment, since: datetime, until: datetime) -> tuple[float | None, float | None]:
    """Median and 90th percentile of the stays that ended in the time looked at, in seconds."""
    ((median, ninth),) = rows_of(_ENDED, segment=segment.pk, since=since, until=until)
    return median, ninth


def _half_life(segment: Segment, since: datetime, until: datetime) -> float | None:
    """Days until half of those who entered have left, by the product-limit estimate (Kaplan and Meier 1958): stays
    that go on count for as long as they were seen. None where more than half stay for longer than was seen."""
    stays = rows_of(_BEGUN, segment=segment.pk, since=since, until=until)
    at_risk, staying = sum(count for _, _, count in stays), 1.0
    for ended, seconds, count in stays:
        if ended:
            staying *= 1 - count / at_risk
            if staying <= 0.5:
                return float(seconds) / DAY.total_seconds()
        at_risk -= count
    return None


_KEPT = f"""
WITH was AS ({in_at("%(segment)s", "%(then)s")}), is_in AS ({in_at("%(segment)s", "%(until)s")})
SELECT (SELECT count(*) FROM was), (SELECT count(*) FROM is_in), count(*) FROM was JOIN is_in USING (customer_id)"""


def _kept(segment: Segment, until: datetime, ago: timedelta) -> Kept:
    ((was, now, both),) = rows_of(_KEPT, segment=segment.pk, until=until, then=until - ago)
    either = was + now - both
    return Kept(ago.days, both / was if was else None, both / either if either else None)


class Moves(NamedTuple):
    """What went on in a segment in a stretch of time, in short. The mean is over the sizes at the end of each day."""

    entered: int
    exited: int
    mean_size: float
    bouncers: int

    @property
    def turnover(self) -> float | None:
        """As in the report of the segment."""
        return (self.entered + self.exited) / (2 * self.mean_size) if self.mean_size else None


_BOUNCERS = """
SELECT segment_id, count(*) FROM (
    SELECT segment_id FROM segmentation_membershipchange
    WHERE segment_id = ANY(%(segments)s) AND kind = 'entered' AND at > %(then)s AND at <= %(until)s
    GROUP BY segment_id, customer_id HAVING count(*) >= %(bounces)s
) AS bouncing GROUP BY 1"""


def bouncers_of(segments: Sequence[int], *, until: datetime) -> dict[int, int]:
    """How many customers of each segment entered three times or more in the month before an instant; without any, absent."""
    asked = {"segments": list(segments), "then": until - MONTH, "until": until, "bounces": BOUNCES}
    return dict(rows_of(_BOUNCERS, **asked))


def moves_of(sizes: Mapping[int, int], *, since: datetime, until: datetime) -> dict[int, Moves]:
    """Entries, exits, mean sizes and bouncers of many segments at once, by id, given their sizes at the end."""
    bouncers = bouncers_of(list(sizes), until=until)
    by_day = moves_by_day(list(sizes), since=since, until=until)
    first, days = since.astimezone(UTC).date(), (until.astimezone(UTC).date() - since.astimezone(UTC).date()).days + 1
    found = {}
    for segment, moves in by_day.items():
        # An entry on the first day counts towards the size on every day, one on the last day on that one alone.
        entered, exited = (sum(move[place] for move in moves.values()) for place in (0, 1))
        began = sizes[segment] - entered + exited
        grown = sum((come - gone) * (days - (day - first).days) for day, (come, gone) in moves.items())
        found[segment] = Moves(entered, exited, began + grown / days, bouncers.get(segment, 0))
    return found
