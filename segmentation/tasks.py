"""Thin: each task looks for rows that wait and calls a verb. A lost message costs one round of the schedule."""

from __future__ import annotations

from time import monotonic

from celery import shared_task

from common import stopping
from common.clock import now
from customers import bell
from segmentation import audit as auditing
from segmentation import evaluate as evaluating
from segmentation import sizes
from segmentation import sweep as sweeping
from segmentation import thresholds as threshing
from segmentation import work as working
from segmentation.jobs import ring
from segmentation.look_for_findings import look_for_findings

# A batch that comes back full says that more wait: the next is larger, since much of a batch's cost is fixed.
MOST_AT_ONCE = 1600
# How long one task goes on before it lets the queue's other tasks through.
ROUND = 4.0
JOBS_ROUND = 60.0


@shared_task(name="segmentation.evaluate")
def evaluate() -> int:
    """Evaluate dirty customers while there are any, for a few seconds; then ask to go on. Returns how many moves were logged,
    which is what journeys wait for."""
    began = monotonic()
    bell.heard()
    changes, limit = 0, evaluating.BATCH
    while monotonic() - began < ROUND and not stopping.asked():
        done = evaluating.evaluate(now=now(), limit=limit)
        changes += done.changes
        if not done.customers:
            return changes
        limit = min(limit * 2, MOST_AT_ONCE) if done.customers == limit else evaluating.BATCH
    bell.ring()
    return changes


@shared_task(name="segmentation.sweep")
def sweep() -> int:
    """Mark whom the clock may have moved; evaluate hears of it through the bell. Returns how many marks."""
    return sweeping.sweep(now=now()).marks


@shared_task(name="segmentation.jobs")
def jobs() -> int:
    """Do waiting jobs, one after the other, for up to a minute and the end of the last. Returns how many."""
    began = monotonic()
    done = 0
    while working.work(now=now()):
        done += 1
        if monotonic() - began > JOBS_ROUND or stopping.asked():
            ring()
            break
    return done


@shared_task(name="segmentation.thresholds")
def thresholds() -> int:
    """Compute the percentile thresholds of the live rules again. Returns how many moved."""
    moved = threshing.refresh_thresholds(now=now())
    if moved:
        bell.ring()
    return moved


@shared_task(name="segmentation.sizes")
def add_up_sizes() -> bool:
    """Add up what was noted of the sizes of segments. Returns whether there was much of it."""
    return sizes.add_up()


@shared_task(name="segmentation.findings")
def findings() -> int:
    """Look for the findings that cost something. Returns how many there are."""
    return look_for_findings(now=now())


@shared_task(name="segmentation.audit")
def audit(*, full: bool = False) -> int:
    """Evaluate a sample (or everyone) again and compare. Returns how many memberships were wrong."""
    return sum(run.wrong for run in auditing.audit(now=now(), full=full))
