"""What would calm a restless segment: its own log replayed with a longer exit grace, and what that would have cost.

With `exit_grace` longer by some time, an exit that is followed by an entry within that time would not have happened,
and neither would that entry. Every other exit would have come so much later, and for that long the customer would have
been in though the rule was false.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.queries.stability import BOUNCES, DAY, MONTH

HOUR = timedelta(hours=1)
# Lengths that people give, the shortest first.
GRACES: tuple[tuple[int, str, timedelta], ...] = (
    *((amount, "hours", amount * HOUR) for amount in (1, 2, 3, 6, 12)),
    *((amount, "days", amount * DAY) for amount in (1, 2, 3, 5, 7, 10, 14, 21, 30)),
)


@dataclass(frozen=True)
class Advice:
    """The shortest exit grace that would have halved the customers who bounced, and its price: the days, summed over
    customers, that somebody would have been in while the rule was false, beyond those of today's grace."""

    amount: int
    unit: str
    bouncers: int
    left: int
    wrong_days: float

    @property
    def seconds(self) -> float:
        """The length of the grace."""
        return next(
            length for amount, unit, length in GRACES if (amount, unit) == (self.amount, self.unit)
        ).total_seconds()


def advice(*, segment: Segment, grace: timedelta, until: datetime) -> Advice | None:
    """What the log of the month before `until` advises, given today's `grace`; None where nobody bounces, or where no
    grace up to 30 days would have halved them."""
    asked: dict[str, Any] = {"segment": segment.pk, "since": until - MONTH, "until": until, "bounces": BOUNCES}
    gaps = [found for (found,) in rows_of(_GAPS_OF_BOUNCERS, **asked)]
    for amount, unit, length in GRACES:
        more = (length - grace).total_seconds()
        left = _bouncing(gaps, more)
        if gaps and more > 0 and left * 2 <= len(gaps):
            ((wrong,),) = rows_of(_WRONG, **asked, more=more)
            return Advice(amount, unit, len(gaps), left, float(wrong or 0) / DAY.total_seconds())
    return None


def _bouncing(gaps: Sequence[Sequence[float]], more: float) -> int:
    """How many customers would still have entered so often: each entry counts but those soon after an exit."""
    return sum(len(ordered) - bisect_right(ordered, more) >= BOUNCES for ordered in gaps)


# For each customer who bounced the time since the exit before each entry, shortest first; without an exit, for ever.
_GAPS_OF_BOUNCERS = """
SELECT array_agg(gap ORDER BY gap) FROM (
    SELECT customer_id, kind, at,
           coalesce(extract(epoch FROM at - lag(at) OVER (PARTITION BY customer_id ORDER BY at, id))::float, 'infinity') AS gap
    FROM segmentation_membershipchange
    WHERE segment_id = %(segment)s AND kind IN ('entered', 'exited') AND at <= %(until)s
    AND customer_id IN (
        SELECT customer_id FROM segmentation_membershipchange
        WHERE segment_id = %(segment)s AND kind = 'entered' AND at > %(since)s AND at <= %(until)s
        GROUP BY customer_id HAVING count(*) >= %(bounces)s)
) AS moves WHERE kind = 'entered' AND at > %(since)s GROUP BY customer_id"""

_WRONG = """
SELECT sum(least(extract(epoch FROM coalesce(next, %(until)s) - at)::float, %(more)s)) FROM (
    SELECT kind, at, lead(at) OVER (PARTITION BY customer_id ORDER BY at, id) AS next
    FROM segmentation_membershipchange
    WHERE segment_id = %(segment)s AND kind IN ('entered', 'exited') AND at > %(since)s AND at <= %(until)s
) AS moves WHERE kind = 'exited'"""
