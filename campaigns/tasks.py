"""What the scheduler and the bell ask of campaigns: look for rows that wait, and do the work."""

from __future__ import annotations

import time

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from campaigns.advance import advance
from campaigns.measure import measure
from campaigns.send import send
from common import clock, stopping

ADVANCE, SEND, MEASURE = "campaigns.advance", "campaigns.send", "campaigns.measure"
QUEUE = "journeys"
# A task that has more to do after this long leaves it to the next one, so that no task holds the queue.
SECONDS = 20.0


@shared_task(name=ADVANCE)
def advance_journeys() -> None:
    """Read the change log and move what is due; ring for the sender if there is something to send."""
    planned, until = 0, time.monotonic() + SECONDS
    while True:
        done = advance(now=clock.now())
        planned += done.planned
        if not done.more or time.monotonic() > until or stopping.asked():
            break
    if planned:
        _ring(SEND)


@shared_task(name=SEND)
def send_messages() -> None:
    """Send what is due; ring for what follows the messages that are out."""
    settled, until = 0, time.monotonic() + SECONDS
    while True:
        done = send(now=clock.now())
        settled += done.taken + done.withheld + done.unknown
        if not (done.taken or done.withheld) or time.monotonic() > until or stopping.asked():
            break
    if settled:
        _ring(ADVANCE)


@shared_task(name=MEASURE)
def measure_messages() -> None:
    """Derive the outcomes of what was sent lately."""
    measure(now=clock.now())


def _ring(task: str) -> None:
    """Ask for a task; if the broker is away, the scheduler asks soon."""
    try:
        current_app.send_task(task, queue=QUEUE, ignore_result=True, retry=False)
    except (OperationalError, OSError):
        return
