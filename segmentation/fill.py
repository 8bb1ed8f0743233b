"""Let many customers enter or leave one segment at once, by statements over all of them.

The same moves, verdicts and changes as `decide` comes to, for a segment whose answers are known and need no smoothing,
and that nobody reads. The caller is in a transaction, holds the portfolio still, and holds the customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import connection

from segmentation.causes import Cause
from segmentation.decide import Rulings
from segmentation.portfolio import Book, Standing
from segmentation.record import Moved, record
from segmentation.verdicts import STORED, turned


def is_plain(standing: Standing, book: Book) -> bool:
    """Whether an answer of its rule is a move: nothing smooths it, and no rule has to be asked because of it."""
    return standing.evaluable and not standing.hysteresis and not book.readers.get(standing.id)


def move_all(
    *,
    standing: Standing,
    entering: Sequence[int],
    leaving: Sequence[int],
    book: Book,
    cause: Cause,
    silent: bool,
    now: datetime,
) -> int:
    """Move the customers, with what that suppresses and releases; return how many changes were logged.

    Who is entering is in no row of the segment, and who is leaving is in one.
    """
    moves = [
        *_governed("exited", standing.id, leaving, book),
        *_governed("entered", standing.id, entering, book),
    ]
    moved = [
        Moved(kind, segment, customers, book.segments[segment].version, cause, suppressor, silent)
        for kind, segment, suppressor, customers in moves
        if customers
    ]
    return record(moved=moved, now=now)


# A kind of change, the segment, what suppresses the customer there afterwards, and the customers.
_Move = tuple[str, int, int | None, list[int]]


def _governed(kind: str, segment: int, customers: Sequence[int], book: Book) -> Iterator[_Move]:
    """The moves of customers who all enter or all leave the segment, alike ones together."""
    others = book.portfolio.circles.get(segment, frozenset()) - {segment}
    if not others or not customers:
        yield kind, segment, None, list(customers)
        return
    rulings = Rulings(book.portfolio)
    moves: dict[tuple[str, int, int | None], list[int]] = defaultdict(list)
    for stored, alike in _combinations(others, customers):
        verdicts = rulings.on(frozenset({*stored, segment} if kind == "entered" else stored))
        moves[kind, segment, verdicts.get(segment) if kind == "entered" else None].extend(alike)
        for turn in turned(stored=stored, verdicts=verdicts):
            moves[turn.kind, turn.segment, turn.suppressor].extend(alike)
    yield from ((*move, moved) for move, moved in moves.items())


_COMBINATIONS = f"""
SELECT held.segments, held.states, array_agg(asked.id)
FROM unnest(%(customers)s::bigint[]) AS asked(id) LEFT JOIN (
    SELECT customer_id, array_agg(segment_id ORDER BY segment_id) AS segments,
           array_agg({STORED} ORDER BY segment_id) AS states
    FROM segmentation_membership WHERE segment_id = ANY(%(segments)s) AND customer_id = ANY(%(customers)s)
    GROUP BY customer_id
) AS held ON held.customer_id = asked.id
GROUP BY held.segments, held.states"""


def _combinations(segments: Collection[int], customers: Iterable[int]) -> Iterator[tuple[dict[int, int], list[int]]]:
    """The stored verdicts of memberships of `segments`, with the customers of whom they are the same."""
    with connection.cursor() as cursor:
        cursor.execute(_COMBINATIONS, {"segments": sorted(segments), "customers": list(customers)})
        for held, states, alike in cursor.fetchall():
            yield dict(zip(held or (), states or (), strict=True)), alike
