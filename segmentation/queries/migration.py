"""Who moved from one segment of a family to another between two instants, by the change log.

A family is a row of segments that exclude each other, the best first: lifecycle stages, value tiers. A customer who was
in several of them at once counts in the best of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.queries.logged import in_at


def _places(at: str) -> str:
    """Each customer who was in the family at an instant, with the best place among its segments, from 1 on."""
    return f"""
    SELECT m.customer_id, min(f.place) AS place FROM unnest(%(segments)s::bigint[]) WITH ORDINALITY AS f (id, place)
    CROSS JOIN LATERAL ({in_at("f.id", at)}) AS m GROUP BY m.customer_id"""


_MOVES = f"""
SELECT was.place - 1, now.place - 1, count(*)
FROM ({_places("%(since)s")}) AS was FULL JOIN ({_places("%(until)s")}) AS now USING (customer_id) GROUP BY 1, 2"""


@dataclass(frozen=True)
class Move:
    """Customers who were in one segment of the family and are in another; None stands for none of them."""

    was: Segment | None
    now: Segment | None
    customers: int


@dataclass(frozen=True)
class Migration:
    """The moves between two instants, and how many of those in the family at both rose, sank or stayed."""

    family: Sequence[Segment]
    since: datetime
    until: datetime
    moves: Sequence[Move]
    up: int
    down: int
    stayed: int

    @property
    def share_up(self) -> float | None:
        """Of those who were in the family at both instants, who moved to a better one."""
        both = self.up + self.down + self.stayed
        return self.up / both if both else None

    def of(self, was: Segment | None, now: Segment | None) -> int:
        """How many made this move."""
        return sum(move.customers for move in self.moves if (move.was, move.now) == (was, now))


def migration(*, family: Sequence[Segment], since: datetime, until: datetime) -> Migration:
    """The report of a family, the best segment first."""
    found = rows_of(_MOVES, segments=[one.pk for one in family], since=since, until=until)
    rows = sorted(found, key=lambda row: tuple(len(family) if x is None else x for x in row[:2]))
    inside = [(was, now, count) for was, now, count in rows if was is not None and now is not None]
    return Migration(
        family=family,
        since=since,
        until=until,
        moves=[Move(_at(family, was), _at(family, now), count) for was, now, count in rows],
        up=sum(count for was, now, count in inside if now < was),
        down=sum(count for was, now, count in inside if now > was),
        stayed=sum(count for was, now, count in inside if now == was),
    )


def _at(family: Sequence[Segment], place: int | None) -> Segment | None:
    return None if place is None else family[place]
