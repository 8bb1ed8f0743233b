"""From a question about customers to recorded changes: match, smooth, govern, record. Shared by all that moves members.

Evaluation, rebuilds, changes of governance and the replay all come through here, so there is one way in and out of a
segment. The caller is in a transaction, holds the portfolio still, and holds the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.prepared import prepared_cursor
from segmentation.causes import Asked, Cause
from segmentation.govern import Portfolio, govern
from segmentation.look import Held, Look, Memberships, memberships_of, moves_by_customer
from segmentation.portfolio import Book
from segmentation.record import Change, record
from segmentation.verdicts import Turn, turned


def decide(*, asked: Asked, book: Book, now: datetime, given: Sequence[Change] = (), silent: bool = False) -> int:
    """Settle the questions at `now`, those of the readers of what changed included; return how many changes were logged.

    `asked` names segments and, for each, customers with the cause of the question. `given` are entries and exits that
    somebody decided already (members of a static segment). `silent` changes start no journey.
    """
    customers = {customer for kept in asked.values() for customer in kept}
    touched = book.touched({*asked, *(move.segment for move in given)})
    stored = memberships_of(customers | {move.customer for move in given}, segments=touched)
    look = Look(book=book, stored=stored, now=now)
    look.run(asked=asked, given=given)
    changes = _governed(book, stored, look.moves)
    if silent:
        changes = [replace(change, silent=True) for change in changes]
    return record(changes=changes, waiting=look.waiting, now=now)


def _governed(book: Book, stored: Memberships, moves: Sequence[Change]) -> list[Change]:
    """The moves with the state they end in, and what they suppress and release."""
    rulings = Rulings(book.portfolio)
    changes: list[Change] = []
    for customer, mine in moves_by_customer(moves).items():
        changes.extend(_Customer(customer, stored.get(customer, {}), mine).changes(book, rulings))
    return changes


class Rulings:
    """Verdicts by qualified set: many customers hold the same segments."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio
        self._known: dict[frozenset[int], dict[int, int | None]] = {}

    def on(self, qualified: frozenset[int]) -> dict[int, int | None]:
        if qualified not in self._known:
            self._known[qualified] = govern(qualified=qualified, portfolio=self._portfolio)
        return self._known[qualified]


@dataclass(frozen=True)
class _Customer:
    """One customer at the end of a look: what was stored and what moved."""

    id: int
    stored: Mapping[int, Held]
    moves: Sequence[Change]

    def changes(self, book: Book, rulings: Rulings) -> Iterator[Change]:
        """Everything to record of this customer."""
        gone = {move.segment for move in self.moves if move.kind == "exited"}
        come = {move.segment for move in self.moves if move.kind == "entered"}
        verdicts = rulings.on(frozenset((self.stored.keys() - gone) | come))
        for move in self.moves:
            yield move if move.kind == "exited" else replace(move, suppressed_by=verdicts.get(move.segment))
        kept = {segment: held.verdict for segment, held in self.stored.items() if segment not in come}
        causes = {move.segment: move.cause for move in self.moves}
        for turn in turned(stored=kept, verdicts=verdicts):
            cause = causes[turn.segment] = self._cause_of(turn, causes)
            version = book.segments[turn.segment].version
            yield Change(turn.kind, turn.segment, self.id, version, cause, suppressed_by=turn.suppressor)

    def _cause_of(self, turn: Turn, causes: Mapping[int, Cause]) -> Cause:
        """Why a verdict changed: the cause of what happened to the segment that suppresses now, or did before.

        That one ranks higher, so if it did not move itself, its own verdict changed just before, for a cause of its own.
        """
        decisive = self.stored[turn.segment].suppressed_by if turn.suppressor is None else turn.suppressor
        return causes.get(decisive or 0, self.moves[0].cause)


_LAST = """
SELECT max(last.at) FROM unnest(%s::bigint[]) AS wanted(id), LATERAL (
    SELECT at FROM segmentation_membershipchange c WHERE c.customer_id = wanted.id ORDER BY at DESC, id DESC LIMIT 1
) AS last"""


def instant_for(*, customers: Iterable[int], now: datetime) -> datetime:
    """The instant to decide at: `now`, but never before the clock that was swept, nor before a change already logged.

    An edge at or before the swept instant was marked once and will not be again, so no answer may come from before it.
    Ask after the customers are held.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT (SELECT until FROM segmentation_sweep WHERE id = 1), (" + _LAST + ")", [list(customers)])
        swept, changed = cursor.fetchone()
    return max(instant for instant in (now, swept, changed) if instant is not None)
