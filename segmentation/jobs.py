"""Long work as rows: asked for, seen while it runs, cancelled. Who does it is in work.py."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from celery import current_app
from django.contrib.auth.models import User
from django.db import transaction
from kombu.exceptions import OperationalError

from segmentation.models import Job, Segment

log = logging.getLogger(__name__)

TASK, QUEUE = "segmentation.jobs", "batch"
OPEN = (Job.State.WAITING, Job.State.RUNNING)
# How often a running job says how far it is.
_SAY_EVERY = 0.5


class JobCancelledError(Exception):
    """Somebody asked for the job to stop; raised where it reports its progress."""


def enqueue(
    *,
    kind: str,
    segment: Segment | None = None,
    parameters: Mapping[str, Any] | None = None,
    by: User | None,
    now: datetime,
) -> Job:
    """Leave a job to be done, and ring the bell for it once the transaction is over."""
    job = Job.objects.create(
        kind=kind, segment=segment, parameters=dict(parameters or {}), created_by=by, created_at=now, said="Waiting"
    )
    transaction.on_commit(ring)
    return job


def ring() -> None:
    """Ask a worker to look for jobs. If nobody hears it, the schedule rings every few seconds."""
    try:
        current_app.send_task(TASK, queue=QUEUE, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The bell for jobs cannot be rung, the schedule will: %s", error)


def supersede(*, segment: Segment, kind: str) -> None:
    """Take back jobs of a kind that nobody began; one that runs notices by itself that it was overtaken."""
    Job.objects.filter(segment=segment, kind=kind, state=Job.State.WAITING, started_at=None).update(
        state=Job.State.CANCELLED, said="Overtaken by a later one"
    )


def cancel(*, job: Job) -> bool:
    """Ask for a job to stop; whether it was still to be done. It stops at its next report of progress."""
    asked = bool(Job.objects.filter(pk=job.pk, state__in=OPEN).update(cancel_asked=True))
    if asked:
        transaction.on_commit(ring)
    return asked


class Progress:
    """What a running job says of itself. `start` is the instant it was taken up; time goes on from there."""

    def __init__(self, job: Job, start: datetime) -> None:
        self._job, self._start, self._began = job, start, monotonic()
        self._said_at = float("-inf")

    def now(self) -> datetime:
        """The instant the job was taken up, and the time it has worked since."""
        return self._start + timedelta(seconds=monotonic() - self._began)

    def say(self, share: float, said: str = "") -> None:
        """Store how much is done (0 to 1). Raises JobCancelledError if somebody asked for the job to stop.

        Called between two transactions, as often as is handy.
        """
        if monotonic() - self._said_at < _SAY_EVERY and share < 1:
            return
        self._said_at = monotonic()
        Job.objects.filter(pk=self._job.pk).update(progress=share, said=said, heartbeat_at=self.now())
        if Job.objects.filter(pk=self._job.pk, cancel_asked=True).exists():
            raise JobCancelledError
