"""What evaluations cost: the last runs over each segment, for its page and for the list of the slowest."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Any

from segmentation.models import EngineRun

KEPT = 20
# A statement of hundreds of conditions is not kept whole: it is there to be read.
MOST_TEXT = 20_000
# What happens all the time is noted once in so many seconds.
SELDOM = 60.0
_noted: dict[tuple[int, str], float] = {}


def note_run(
    *,
    segment: int,
    kind: str,
    at: datetime,
    rows: int,
    milliseconds: float,
    customers: int | None = None,
    statement: str = "",
) -> None:
    """Keep one evaluation of a segment, and of its runs of this kind the last twenty."""
    run = EngineRun.objects.create(
        segment_id=segment,
        kind=kind,
        at=at,
        customers=customers,
        rows=rows,
        milliseconds=milliseconds,
        statement=statement[:MOST_TEXT],
    )
    older = EngineRun.objects.filter(segment_id=segment, kind=kind, pk__lte=run.pk).order_by("-pk")
    last_kept = older.values_list("pk", flat=True)[KEPT - 1 : KEPT]
    EngineRun.objects.filter(segment_id=segment, kind=kind, pk__lt=next(iter(last_kept), 0)).delete()


def note_seldom(*, segment: int, kind: str, **run: Any) -> None:
    """The same for batches and sweeps, of which this process makes many a minute: one of them is kept."""
    if monotonic() - _noted.get((segment, kind), float("-inf")) > SELDOM:
        _noted[segment, kind] = monotonic()
        note_run(segment=segment, kind=kind, **run)
