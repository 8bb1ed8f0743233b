"""What evaluations cost: the last runs over each segment, for its page and for the list of the slowest."""

from __future__ import annotations

from datetime import datetime

from segmentation.models import EngineRun

KEPT = 20
# A statement of hundreds of conditions is not kept whole: it is there to be read.
MOST_TEXT = 20_000


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
