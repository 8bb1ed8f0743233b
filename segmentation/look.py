"""One look at a batch of customers: who enters and who leaves, segment by segment in the order they read each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from common.prepared import prepared_cursor
from segmentation.causes import HYSTERESIS, Asked, Cause
from segmentation.hysteresis import Settled, Stay, Step, settle
from segmentation.matches import matches
from segmentation.portfolio import Book, Standing
from segmentation.questions import statements
from segmentation.record import Change, Waiting, record


@dataclass(frozen=True)
class Held:
    """One stored membership."""

    active: bool
    since: datetime
    suppressed_by: int | None
    false_since: datetime | None

    @property
    def verdict(self) -> int:
        """The stored verdict as a number (see `verdicts`)."""
        return 0 if self.active else self.suppressed_by or -1


# By customer and segment.
Memberships = dict[int, dict[int, Held]]

# Customer by customer (OFFSET keeps it so): a segment may have a hundred times as many members as there are customers.
_STORED = """
SELECT held.customer_id, held.segment_id, held.state = 'active', held.since, held.suppressed_by_id, held.false_since
FROM unnest(%s::bigint[]) AS wanted(id), LATERAL (
    SELECT * FROM segmentation_membership WHERE customer_id = wanted.id AND segment_id = ANY(%s) OFFSET 0
) AS held"""


def memberships_of(customers: Iterable[int], *, segments: Iterable[int]) -> Memberships:
    """The stored memberships of customers in segments."""
    stored: Memberships = {}
    with prepared_cursor() as cursor:
        cursor.execute(_STORED, [list(customers), list(segments)])
        for customer, segment, *held in cursor.fetchall():
            stored.setdefault(customer, {})[segment] = Held(*held)
    return stored


class Look:
    """Collects the moves of one pass. `moves` are entries and exits not yet governed; `waiting` is for hysteresis."""

    def __init__(self, *, book: Book, stored: Memberships, now: datetime) -> None:
        self._book, self._stored, self._now = book, stored, now
        self._asked: Asked = {}
        self._shown = 0
        self._savepoint: str | None = None
        self.moves: list[Change] = []
        self.waiting: list[Waiting] = []

    def run(self, *, asked: Asked, given: Sequence[Change] = ()) -> None:
        """Settle what is asked, and what the answers (and the `given` moves) ask of the readers in turn."""
        self._asked = {segment: dict(kept) for segment, kept in asked.items()}
        self._move(given)
        depth = self._book.depth
        try:
            for level in range(max(depth.values(), default=0) + 1):
                due = [segment for segment in self._asked if depth.get(segment) == level]
                if due:
                    self._settle_level(due, reading=level > 0)
        finally:
            if self._savepoint:
                transaction.savepoint_rollback(self._savepoint)
                transaction.savepoint_commit(self._savepoint)

    def _settle_level(self, due: Sequence[int], *, reading: bool) -> None:
        """Settle the segments of one depth: all that they read is decided."""
        if reading:
            self._show()
        standings = [self._book.segments[segment] for segment in due if self._book.segments[segment].evaluable]
        true: dict[int, set[int]] = {}
        stopped: set[int] = set()
        around = self._book.around.at(self._now)
        for rules, customers in statements(asked=self._asked, due=standings, book=self._book):
            found = matches(standings=rules, customers=customers, around=around)
            stopped.update(one.id for one in rules if one.id not in found.answered)
            for segment, customer in found.true:
                true.setdefault(segment, set()).add(customer)
        for standing in standings:
            if standing.id not in stopped:
                self._settle_segment(standing, true.get(standing.id, set()) & self._asked[standing.id].keys())

    def _show(self) -> None:
        """Let rules that read segments see the moves so far. They are taken back: only governed moves are kept."""
        unshown = self.moves[self._shown :]
        if unshown:
            self._savepoint = self._savepoint or transaction.savepoint()
            record(changes=unshown, now=self._now)
            self._shown = len(self.moves)

    def _settle_segment(self, standing: Standing, true: set[int]) -> None:
        """Smooth the answers of one segment into moves."""
        segment, hysteresis = standing.id, standing.hysteresis
        exits = self._last_exits(standing, true) if hysteresis.re_entry_pause else {}
        moves = []
        for customer, cause in self._asked[segment].items():
            held = self._stored.get(customer, {}).get(segment)
            truth = customer in true
            if not hysteresis and truth == (held is not None) and not (held and held.false_since):
                continue
            settled = settle(
                truth=truth,
                stay=Stay(held.since, held.false_since) if held else None,
                last_exit=exits.get(customer),
                hysteresis=hysteresis,
                now=self._now,
            )
            if hysteresis or (held and held.false_since):
                self.waiting.append(Waiting(segment, customer, settled.false_since, settled.look_at))
            if settled.step in (Step.ENTER, Step.EXIT):
                kind = "entered" if settled.step is Step.ENTER else "exited"
                moves.append(Change(kind, segment, customer, standing.version, _cause(cause, settled, held)))
        self._move(moves)

    def _last_exits(self, standing: Standing, true: set[int]) -> dict[int, datetime]:
        """When the customers who might enter left last."""
        outside = [customer for customer in true if standing.id not in self._stored.get(customer, {})]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id, max(at) FROM segmentation_membershipchange"
                " WHERE segment_id = %s AND customer_id = ANY(%s) AND kind = 'exited' GROUP BY customer_id",
                [standing.id, outside],
            )
            return dict(cursor.fetchall())

    def _move(self, moves: Sequence[Change]) -> None:
        """Keep moves, and ask the readers of the segments about the customers that moved, for the same cause."""
        self.moves.extend(moves)
        for move in moves:
            for reader in self._book.readers.get(move.segment, ()):
                self._asked.setdefault(reader, {}).setdefault(move.customer, move.cause)


def _cause(asked: Cause, settled: Settled, held: Held | None) -> Cause:
    """The cause of a move: that of the question, unless the customer waited for a setting to run out.

    Whoever is in waits from the look that saw the rule false; whoever is out is looked at for it when the pause is over.
    """
    waited = held.false_since is not None if held else (asked.kind, asked.id) == ("clock", HYSTERESIS)
    if settled.edge and waited:
        detail = f"{settled.edge.replace('_', ' ')} is over"
        return replace(asked, kind="clock", id=settled.edge, detail=detail, at=settled.edge_at)
    return asked


def moves_by_customer(moves: Iterable[Change]) -> Mapping[int, list[Change]]:
    """The moves of each customer."""
    by: dict[int, list[Change]] = {}
    for move in moves:
        by.setdefault(move.customer, []).append(move)
    return by
