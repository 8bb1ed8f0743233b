"""What the scheduler and the bell ask of campaigns: look for rows that wait, and do the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import redis
from celery import current_app, shared_task
from celery.signals import task_success
from kombu.exceptions import OperationalError

from campaigns.advance import advance
from campaigns.measure import measure
from campaigns.queries.digests import week_due
from campaigns.send import send
from campaigns.send_digests import send_digests
from common import clock, stopping
from customers.bell import EVALUATE
from customers.valkey import client

ADVANCE, SEND, MEASURE = "campaigns.advance", "campaigns.send", "campaigns.measure"
DIGESTS = "campaigns.digests"
QUEUE = "journeys"
FLAG = "tideline:{task}:asked"
# A ring that got lost between the flag and the queue is forgotten after this.
FORGOTTEN_MS = 2000
# A task that has more to do after this long lets the queue's other tasks through.
ROUND = 5.0


@shared_task(name=ADVANCE)
def advance_journeys() -> None:
    """Read the change log and move what is due; ring for the sender if there is something to send."""
    _heard(ADVANCE)
    planned = 0

    def once() -> bool:
        nonlocal planned
        done = advance(now=clock.now())
        planned += done.planned
        return done.more

    if not _rounds(once):
        _ring(ADVANCE)
    if planned:
        _ring(SEND)


@shared_task(name=SEND)
def send_messages() -> None:
    """Send what is due; ring for what follows the messages that are out."""
    _heard(SEND)
    settled = 0

    def once() -> bool:
        nonlocal settled
        done = send(now=clock.now())
        settled += done.taken + done.withheld + done.unknown
        return bool(done.taken or done.withheld)

    if not _rounds(once):
        _ring(SEND)
    if settled:
        _ring(ADVANCE)


@shared_task(name=MEASURE)
def measure_messages() -> None:
    """Derive the outcomes of what was sent lately."""
    measure(now=clock.now())


@shared_task(name=DIGESTS)
def send_weekly_digests() -> None:
    """On Monday from seven on: tell whoever is responsible for segments what is open."""
    now = clock.now()
    week = week_due(now)
    if week is not None:
        send_digests(now=now, week=week)


@task_success.connect
def advance_after_evaluation(sender: Any = None, result: Any = None, **_: Any) -> None:
    """Celery's own bell in the worker that evaluated: somebody moved. The scheduler would look soon anyway."""
    if getattr(sender, "name", "") == EVALUATE and result:
        _ring(ADVANCE)


def _rounds(once: Callable[[], bool]) -> bool:
    """Work while there is more, for one round at most; whether the work is done."""
    until = time.monotonic() + ROUND
    while once():
        if time.monotonic() > until or stopping.asked():
            return False
    return True


def _ring(task: str) -> None:
    """Ask for a task, unless it is asked for already; if the broker is away, the scheduler asks soon."""
    try:
        if client().set(FLAG.format(task=task), 1, nx=True, px=FORGOTTEN_MS):
            current_app.send_task(task, queue=QUEUE, ignore_result=True, retry=False)
    except (redis.RedisError, OperationalError, OSError):
        return


def _heard(task: str) -> None:
    """Called before the work that a ring asked for: what is left after that rings again."""
    try:
        client().delete(FLAG.format(task=task))
    except (redis.RedisError, OSError):
        return
