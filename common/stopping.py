"""Whether this worker was asked to stop: a task with more to do leaves it in the tables and ends."""

from __future__ import annotations

from celery.worker import state


def asked() -> bool:
    """True from the moment a worker got SIGTERM; false in every other process."""
    return state.should_stop is not None or state.should_terminate is not None
