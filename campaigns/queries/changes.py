"""The change log as `advance` reads it: after a stored place, and only what can no longer be overtaken.

A transaction that is still open may yet commit rows with lower numbers than those that can be seen. Only rows below the
lowest open transaction are taken, so none is ever skipped. Transactions of other databases of the server cannot write
here, so they hold nothing up; one whose database is unknown counts as ours.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# The snapshot is taken first, the activity is looked at while the statement runs: a transaction that is over by then, or
# whose database cannot be seen, is not found among the others' and counts.
LOWEST_OPEN = """
SELECT COALESCE(
       (SELECT min(o.number::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS o (number)
         WHERE NOT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
                            WHERE a.backend_xid = o.number::xid AND d.datname <> current_database())),
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
"""

HORIZON = """
SELECT c.transaction, c.id FROM segmentation_membershipchange c
 WHERE c.transaction < ({lowest_open})
 ORDER BY c.transaction DESC, c.id DESC LIMIT 1
"""

CHANGES = """
SELECT c.transaction, c.id, s.slug, c.segment_id, c.customer_id, c.kind, c.state, c.at, c.silent
  FROM segmentation_membershipchange c JOIN segmentation_segment s ON s.id = c.segment_id
 WHERE (c.transaction, c.id) > (%(transaction)s, %(id)s) AND (c.transaction, c.id) <= (%(last_transaction)s, %(last_id)s)
   AND s.slug = ANY(%(segments)s)
 ORDER BY c.transaction, c.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the change log: everything up to it, itself included, has been read."""

    transaction: int = 0
    change: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log."""

    place: Place
    segment: str
    segment_id: int
    customer: int
    kind: str
    state: str
    at: datetime
    silent: bool

    @property
    def begins(self) -> bool:
        """Whether the customer became active by it, with somebody meaning it to be heard."""
        return not self.silent and (self.kind == "released" or (self.kind == "entered" and self.state == "active"))

    @property
    def ends(self) -> bool:
        """Whether the customer stopped being active by it."""
        return self.kind in ("exited", "suppressed")


def changes_after(place: Place, *, segments: Collection[str], limit: int) -> tuple[list[Change], Place]:
    """The next changes in these segments, in order, and the place up to which the log has then been read."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON.format(lowest_open=LOWEST_OPEN))
        row = cursor.fetchone()
        last = Place(*row) if row else place
        if (last.transaction, last.change) <= (place.transaction, place.change):
            return [], place
        bounds: dict[str, Any] = {
            "transaction": place.transaction,
            "id": place.change,
            "segments": list(segments),
            "limit": limit,
        }
        cursor.execute(CHANGES, {**bounds, "last_transaction": last.transaction, "last_id": last.change})
        found = [Change(Place(row[0], row[1]), *row[2:]) for row in cursor.fetchall()]
    return found, found[-1].place if len(found) == limit else last
