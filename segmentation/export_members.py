"""Members of a segment as a CSV file: a job with progress, and a file that lies ready for a week.

The file lies beside the rest of the installation's state (`VAR_DIR/exports`). Whoever is erased takes the files that hold
them along.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet

from common.csv import lines_of
from customers import audit
from customers.models import Customer
from segmentation.columns import MOST_EXPORTED, chosen, values_of
from segmentation.jobs import Progress, enqueue
from segmentation.models import Job, Segment
from segmentation.queries.members import members_wanted

KIND = "export"
BATCH = 2000
KEPT = timedelta(days=7)
HEADER = ("id", "user_id", "email", "name", "state", "since")


def request_export(
    *,
    segment: Segment,
    state: str = "active",
    search: str = "",
    columns: Sequence[str] = (),
    at: datetime | None = None,
    by: User,
    now: datetime,
) -> Job:
    """Leave the work of writing the members of a state (now, or at a past instant) into a file."""
    parameters = {
        "state": state,
        "search": search,
        "columns": chosen(columns, most=MOST_EXPORTED),
        "at": at.isoformat() if at else "",
    }
    audit.note(actor=by, action="export members", object=segment, before=None, after=parameters, now=now)
    return enqueue(kind=KIND, segment=segment, parameters=parameters, by=by, now=now)


def export_members(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do the job. The file has its name only once it is whole."""
    progress, asked = Progress(job, now), job.parameters
    path = file_of(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_old(path.parent, now)
    rows = _asked_for(job)
    total, written = rows.count(), 0
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines_of((*HEADER, *asked["columns"]), ()))
        for batch in _batches(rows):
            progress.say(written / max(total, 1), f"{written:,} of {total:,} written")
            lines = lines_of((), _cells(batch, asked["columns"], now))
            next(lines)
            file.writelines(lines)
            written += len(batch)
    unfinished.replace(path)
    return {"rows": written, "bytes": path.stat().st_size}


def file_of(job: Job) -> Path:
    """Where the file of a job lies, or will."""
    return Path(settings.EXPORTS) / f"{job.pk}.csv"


def exports_cleared(customer: Customer) -> Callable[[], None]:
    """What removes the files that hold a customer, for erasing them."""
    return partial(_remove_with, f"{customer.pk},")


def _asked_for(job: Job) -> QuerySet[Any]:
    asked, segment = job.parameters, job.segment
    assert segment is not None
    at = datetime.fromisoformat(asked["at"]) if asked["at"] else None
    return members_wanted(segment, state=asked["state"], search=asked["search"], at=at)


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """All rows by their customer, so many at a time; who comes meanwhile may or may not be among them."""
    last = 0
    while batch := list(rows.filter(customer_id__gt=last).order_by("customer_id")[:BATCH]):
        yield batch
        last = batch[-1].customer_id


def _cells(batch: Sequence[Any], columns: Sequence[str], now: datetime) -> Iterator[list[object]]:
    values = values_of(keys=columns, customers=[row.customer_id for row in batch], now=now)
    for row in batch:
        one = row.customer
        told = values.get(one.pk, [None] * len(columns))
        yield [one.pk, one.user_id, one.email, str(one), row.state, row.since.isoformat(), *map(_plain, told)]


def _plain(value: Any) -> object:
    """A value as a program reads it: numbers without separators, a list as its JSON."""
    if isinstance(value, str) and value.startswith('"'):
        return json.loads(value)
    if isinstance(value, bool):
        return str(value).lower()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _clear_old(folder: Path, now: datetime) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)


def _remove_with(start: str) -> None:
    folder = Path(settings.EXPORTS)
    for path in folder.glob("*") if folder.is_dir() else ():
        with path.open(encoding="utf-8") as file:
            holds = any(line.startswith(start) for line in file)
        if holds:
            path.unlink(missing_ok=True)
