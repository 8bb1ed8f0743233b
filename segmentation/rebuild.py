"""Bring a segment's membership in line with its live rule: one set query over everyone, then only those who differ.

The set query names the candidates; each batch of them is asked again at the instant it is decided, through the same
`decide` as the live path, so an event that comes meanwhile is not overruled by an older answer. A rebuild can be begun
again at any point: those who are in line already are no candidates any more. Dirty customers stay dirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

from customers.models import Customer
from segmentation.causes import Cause
from segmentation.claims import hold
from segmentation.compiler.select import members
from segmentation.decide import decide, instant_for
from segmentation.engines.statistics import note_run
from segmentation.jobs import JobCancelledError, Progress
from segmentation.matches import BROKEN, stop
from segmentation.models import Job, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hold_still, open_book
from segmentation.queries.live_rules import rules_of
from segmentation.queries.surroundings import surroundings
from segmentation.rules.faults import RuleError
from segmentation.take_back import take_back

BATCH = 2000
# A base up to this size is rebuilt while the person who published waits.
SMALL = 20_000
# How long to leave customers to whoever holds them before asking again.
_PAUSE = 0.05


def run_now_if_small(*, job: Job, now: datetime) -> bool:
    """Do the job at once where the base is small enough to wait for; whether it was done. Not inside a transaction."""
    from segmentation.work import run

    small = Customer.objects.all()[: SMALL + 1].count() <= SMALL
    return small and run(job=job, now=now)


def rebuild(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do a rebuild job. Its parameters name the `version` (another one live means: overtaken) and whether it is `silent`.

    Cancelling returns to the version before (`take_back`).
    """
    progress = Progress(job, now)
    try:
        return _rebuild(job, now, progress)
    except JobCancelledError:
        take_back(job=job, now=progress.now())
        raise


def _rebuild(job: Job, now: datetime, progress: Progress) -> Mapping[str, Any]:
    segment = _current(job)
    if segment is None:
        return {"overtaken": True}
    progress.say(0.0, "Asking everyone")
    candidates = _candidates(segment, now)
    result = {"candidates": len(candidates), "changes": 0}
    waiting = candidates
    while waiting:
        chunk, waiting = waiting[:BATCH], waiting[BATCH:]
        decided = _decide_batch(job, chunk, now)
        if decided is None:
            return {**result, "overtaken": True}
        left, changes = decided
        waiting = waiting + left
        result["changes"] += changes
        done = len(candidates) - len(waiting)
        progress.say(done / len(candidates), f"{done:,} of {len(candidates):,} decided")
        if left == chunk:
            sleep(_PAUSE)
    return result


def _current(job: Job) -> Segment | None:
    """The job's segment, if the version it is for still counts."""
    wanted = {"status": Status.LIVE, "live_version__number": job.parameters["version"], "error": ""}
    return Segment.objects.filter(pk=job.segment_id or 0, **wanted).select_related("live_version").first()


_DIFFERENT = """
WITH wanted(id) AS ({members}),
     stored AS (SELECT customer_id, false_since FROM segmentation_membership WHERE segment_id = %(rebuilt_segment)s)
SELECT coalesce(wanted.id, stored.customer_id) FROM wanted FULL JOIN stored ON stored.customer_id = wanted.id
WHERE wanted.id IS NULL OR stored.customer_id IS NULL OR stored.false_since IS NOT NULL
ORDER BY 1"""


def _candidates(segment: Segment, now: datetime) -> list[int]:
    """Those whose stored membership differs from the rule, by one set query over everyone."""
    version = segment.live_version
    assert version is not None
    rule = rules_of({segment.pk: (version.pk, version.rule_hash)})[segment.pk]
    if isinstance(rule, RuleError):
        stop(segment.pk, rule)
        return []
    instant = instant_for(customers=[], now=now)
    try:
        with transaction.atomic():
            statement = members(rule, surroundings([rule], now=instant, stored_thresholds=True))
            sql = _DIFFERENT.replace("{members}", statement.sql)
            began = monotonic()
            with connection.cursor() as cursor:
                cursor.execute(sql, {**statement.parameters, "rebuilt_segment": segment.pk})
                found = [row[0] for row in cursor.fetchall()]
    except BROKEN as error:
        stop(segment.pk, error)
        raise
    elapsed = (monotonic() - began) * 1000
    note_run(
        segment=segment.pk,
        kind="rebuild",
        at=instant,
        customers=None,
        rows=len(found),
        milliseconds=elapsed,
        statement=statement.sql,
    )
    return found


@transaction.atomic
def _decide_batch(job: Job, customers: Sequence[int], now: datetime) -> tuple[list[int], int] | None:
    """Decide a batch of candidates: those that somebody else held, and the changes logged; None: the job was overtaken."""
    hold_still()
    segment = _current(job)
    if segment is None:
        return None
    held, left = hold(customers)
    instant = instant_for(customers=held, now=now)
    number = job.parameters["version"]
    cause = Cause("rule", id=str(number), detail=f"version {number}", at=job.created_at)
    asked = {segment.pk: dict.fromkeys(held, cause)}
    changes = decide(asked=asked, book=open_book(), now=instant, silent=bool(job.parameters.get("silent")))
    return left, changes
