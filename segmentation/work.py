"""Take up waiting jobs, and those whose worker died, and do them one after the other.

A job is held by a lock of the worker's database session, not by a deadline: when the worker dies, PostgreSQL lets go at
once, and the next worker takes the job up again. Every kind of job can be begun anew without harm.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, connection

from segmentation import bulk, enlist
from segmentation.backtest import backtest
from segmentation.export_members import export_members
from segmentation.jobs import OPEN, JobCancelledError, Progress
from segmentation.look_for_findings import KIND as FINDINGS
from segmentation.look_for_findings import look_as_job
from segmentation.models import Job
from segmentation.rebuild import rebuild
from segmentation.threshold_sweep import threshold_sweep

log = logging.getLogger(__name__)

_LOCKS = 0x7469 << 48


class Handler(Protocol):
    """Does one kind of job. Returns its result; raises JobCancelledError where it stopped for that."""

    def __call__(self, *, job: Job, now: datetime) -> Mapping[str, Any]: ...


HANDLERS: dict[str, Handler] = {
    "rebuild": rebuild,
    "backtest": backtest,
    "threshold_sweep": threshold_sweep,
    enlist.KIND: enlist.enlist,
    enlist.TAKE_OFF: enlist.delist,
    bulk.KIND: bulk.bulk,
    "export": export_members,
    FINDINGS: look_as_job,
}


# What the jobs that can be done while somebody waits are about; the module of each says how many of it are few.
WAITED_FOR = {enlist.KIND: ("customers", enlist), enlist.TAKE_OFF: ("customers", enlist), bulk.KIND: ("segments", bulk)}


def work(*, now: datetime) -> bool:
    """Do the oldest job that nobody does; whether there was one."""
    for job in Job.objects.filter(state__in=OPEN, kind__in=HANDLERS).order_by("created_at", "pk"):
        if run(job=job, now=now):
            return True
    return False


def run(*, job: Job, now: datetime) -> bool:
    """Do one job now, unless somebody else does or it is over already; whether it was done here."""
    with _alone(job) as mine:
        if not mine:
            return False
        job.refresh_from_db()
        if job.state not in OPEN:
            return False
        progress = Progress(job, now)
        job.state, job.started_at, job.heartbeat_at = Job.State.RUNNING, job.started_at or now, now
        job.save(update_fields=["state", "started_at", "heartbeat_at"])
        _finish(job, _outcome(job, now), progress)
        return True


def run_if_few(*, job: Job, now: datetime) -> bool:
    """Do a job that somebody waits for at once where it is about few; whether it was done. Not inside a transaction."""
    what, module = WAITED_FOR[job.kind]
    return len(job.parameters[what]) <= module.SHORT and run(job=job, now=now)


def _outcome(job: Job, now: datetime) -> dict[str, Any]:
    """Run the handler; the columns to store of how it went. Trouble with the database leaves the job to be resumed."""
    try:
        result = HANDLERS[job.kind](job=job, now=now)
    except JobCancelledError:
        return {"state": Job.State.CANCELLED, "said": "Cancelled"}
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("Job %s (%s) failed", job.pk, job.kind)
        return {"state": Job.State.FAILED, "said": "Failed", "error": str(error) or type(error).__name__}
    return {"state": Job.State.DONE, "progress": 1.0, "said": "Done", "result": dict(result)}


def _finish(job: Job, outcome: dict[str, Any], progress: Progress) -> None:
    for name, value in outcome.items():
        setattr(job, name, value)
    job.finished_at = progress.now()
    job.save(update_fields=[*outcome, "finished_at"])


@contextmanager
def _alone(job: Job) -> Iterator[bool]:
    """Hold the job for this database session; whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCKS | job.pk])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCKS | job.pk])
