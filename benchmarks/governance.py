"""How long it takes to decide anew who may speak to everybody, after a change of order, a group, an exclusion, a full stop.

Each change is tried as the page tries it, then made in a transaction that is taken back, so the base stays as it is. Beside
it stands the plain way: every customer's memberships are read, and verb 4 is asked of each by itself. Both have to come to
the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Count

from benchmarks.loaded import WrongBaseError, check_loaded
from benchmarks.measures import base
from common import clock
from segmentation.govern import Portfolio, govern
from segmentation.governance import put_exclusion, put_group, set_full_stop, set_priorities
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.portfolio import read_book
from segmentation.regovern import Effect
from segmentation.verdicts import STORED, turned

# A change touches so many of the largest segments.
LARGEST = 10


class Change(Protocol):
    """One change of the settings, tried or made."""

    def __call__(self, *, dry_run: bool) -> Effect: ...


def governance(*, tries: int) -> dict[str, Any]:
    """Milliseconds of trying and of making each change, the best of `tries`, and how many memberships it turns."""
    check_loaded()
    live = Segment.objects.filter(status=Status.LIVE, rank__isnull=False)
    if live.count() <= LARGEST:
        raise WrongBaseError("Publish the forty segments on this base first: `benchmark fill` or `benchmark rebuild`.")
    measured = {name: _measured(change, tries) for name, change in _changes().items()}
    return {
        "changes": measured,
        "kept": "nothing: each change was made in a transaction that was taken back",
        "plain": "the memberships of every customer read, and governed one customer by one",
        "base": base(),
    }


def _changes() -> dict[str, Change]:
    """The last of the large segments that govern with others comes first; the ten largest exclude each other; the first of
    them silences the rest; the first of all silences everything."""
    sizes = Segment.objects.filter(status=Status.LIVE, rank__isnull=False).annotate(size=Count("memberships"))
    largest = sorted(sizes.order_by("-size", "pk")[:LARGEST], key=lambda one: one.rank or 0)
    names = [segment.slug for segment in largest]
    grouped = [one.slug for one in sizes.filter(exclusion_groups__isnull=False).order_by("rank")]
    last = (grouped or names)[-1]
    how: dict[str, Any] = {"by": None, "now": clock.now()}
    return {
        "rank": lambda *, dry_run: set_priorities(segments=[last], dry_run=dry_run, **how),
        "group": lambda *, dry_run: put_group(name="Benchmark", segments=names, dry_run=dry_run, **how),
        "exclusion": lambda *, dry_run: put_exclusion(segment=names[0], excludes=names[1:], dry_run=dry_run, **how),
        "full_stop": lambda *, dry_run: set_full_stop(segment=names[0], blocks_all_below=True, dry_run=dry_run, **how),
    }


def _measured(change: Change, tries: int) -> dict[str, Any]:
    tried = min(_timed(lambda: change(dry_run=True)) for _ in range(tries))
    made = []
    for _ in range(tries):
        with _taken_back():
            made.append(_timed(lambda: change(dry_run=False)))
            portfolio = read_book().portfolio
    effect = change(dry_run=True)
    found: list[tuple[int, int]] = []
    plain = _timed(lambda: found.append(one_by_one(portfolio)))
    if found[0] != (effect.suppressed, effect.released):
        raise RuntimeError(f"one by one {found[0]} turn, together {(effect.suppressed, effect.released)}")
    return {
        "tried_ms": tried,
        "made_ms": min(made),
        "suppressed": effect.suppressed,
        "released": effect.released,
        "plain_ms": plain,
        "ratio": round(tried / plain, 3),
    }


def _timed(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return round((time.monotonic() - began) * 1000, 1)


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def one_by_one(portfolio: Portfolio) -> tuple[int, int]:
    """How many would be suppressed and released, every customer governed by itself."""
    counts = {"suppressed": 0, "released": 0, "reassigned": 0}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, segment_id, {STORED} FROM segmentation_membership WHERE segment_id = ANY(%s)"
            " ORDER BY customer_id",
            [list(portfolio.ranks)],
        )
        for _, rows in groupby(cursor, key=itemgetter(0)):
            stored = {segment: state for _, segment, state in rows}
            for turn in turned(stored=stored, verdicts=govern(qualified=stored, portfolio=portfolio)):
                counts[turn.kind] += 1
    return counts["suppressed"], counts["released"]
