"""Bring a segment's membership in line with its live rule: one set query over everyone, then only those who differ.

The set query names the candidates, who are then held and moved a chunk at a time. Whoever was marked, evaluated or moved
since the set query read the base is asked again at the instant of the decision, through the same `decide` as the live
path, so an event that comes meanwhile is not overruled by an older answer; nothing happened to the others, and they
move as that query said, by statements over the whole chunk. Where hysteresis smooths the answers or other rules read
the segment, everybody is asked again. A rebuild can be begun again at any point: those who are in line already are no
candidates any more. Dirty customers stay dirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

from customers.models import Customer
from segmentation.causes import Cause
from segmentation.claims import changed, forget_looks, hold
from segmentation.compiler.select import members
from segmentation.decide import decide, instant_for
from segmentation.engines.statistics import note_run
from segmentation.fill import is_plain, move_all
from segmentation.jobs import JobCancelledError, Progress
from segmentation.matches import BROKEN, stop
from segmentation.models import Job, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hold_still, open_book
from segmentation.queries.live_rules import rules_of
from segmentation.queries.surroundings import surroundings
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.take_back import take_back

# How many are asked again at once, and how many are moved at once who need not be.
BATCH = 2000
CHUNK = 10_000
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
    forget_looks(job=job.pk)
    candidates = _candidates(segment, now)
    total, changes, waiting = len(candidates.waiting), 0, candidates.waiting
    while waiting:
        chunk, waiting = waiting[: candidates.at_once], waiting[candidates.at_once :]
        decided = _decide_chunk(job, chunk, candidates, now)
        if decided is None:
            return {"candidates": total, "changes": changes, "overtaken": True}
        left, logged = decided
        waiting = waiting + left
        changes += logged
        done = total - len(waiting)
        progress.say(done / total, f"{done:,} of {total:,} decided")
        if left == chunk:
            sleep(_PAUSE)
    return {"candidates": total, "changes": changes}


def _current(job: Job) -> Segment | None:
    """The job's segment, if the version it is for still counts."""
    wanted = {"status": Status.LIVE, "live_version__number": job.parameters["version"], "error": ""}
    return Segment.objects.filter(pk=job.segment_id or 0, **wanted).select_related("live_version").first()


@dataclass
class Candidates:
    """Those whose stored membership differed from the rule when one statement asked everyone, with what it saw of them.

    `since` is a transaction: whatever committed and is older was seen. `leaving` are members; the others are to enter.
    """

    instant: datetime
    since: int
    read: list[int]
    at_once: int
    waiting: list[int] = field(default_factory=list)
    leaving: set[int] = field(default_factory=set)
    unsettled: set[int] = field(default_factory=set)
    generations: dict[int, int] = field(default_factory=dict)


_DIFFERENT = """
WITH wanted(id) AS ({members}),
     stored AS (SELECT customer_id, false_since FROM segmentation_membership WHERE segment_id = %(rebuilt_segment)s),
     different AS (
         SELECT coalesce(wanted.id, stored.customer_id) AS id, stored.customer_id IS NOT NULL AS is_member,
                stored.false_since IS NOT NULL AS is_unsettled
         FROM wanted FULL JOIN stored ON stored.customer_id = wanted.id
         WHERE wanted.id IS NULL OR stored.customer_id IS NULL OR stored.false_since IS NOT NULL)
SELECT different.id, is_member, is_unsettled, dirty.generation
FROM different LEFT JOIN customers_dirtycustomer dirty ON dirty.customer_id = different.id
ORDER BY 1"""

_SNAPSHOT = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

_READ = """
SELECT s.id FROM segmentation_segmentdependency d JOIN segmentation_segment s ON d.key = 'segment:' || s.slug
WHERE d.segment_id = %s"""


def _candidates(segment: Segment, now: datetime) -> Candidates:
    """Ask everyone by one set query."""
    version = segment.live_version
    assert version is not None
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT)
        since = cursor.fetchone()[0]
        cursor.execute(_READ, [segment.pk])
        read = [row[0] for row in cursor.fetchall()]
    book = open_book()
    at_once = CHUNK if segment.pk in book.segments and is_plain(book.segments[segment.pk], book) else BATCH
    found = Candidates(instant_for(customers=[], now=now), since, read, at_once)
    rule = rules_of({segment.pk: (version.pk, version.rule_hash)})[segment.pk]
    if isinstance(rule, RuleError):
        stop(segment.pk, rule)
        return found
    try:
        with transaction.atomic():
            _ask_everyone(segment, rule, found)
    except BROKEN as error:
        stop(segment.pk, error)
        raise
    return found


def _ask_everyone(segment: Segment, rule: Rule, found: Candidates) -> None:
    statement = members(rule, surroundings([rule], now=found.instant, stored_thresholds=True))
    began = monotonic()
    with connection.cursor() as cursor:
        sql = _DIFFERENT.replace("{members}", statement.sql)
        cursor.execute(sql, {**statement.parameters, "rebuilt_segment": segment.pk})
        for customer, is_member, is_unsettled, generation in cursor:
            found.waiting.append(customer)
            if is_member:
                found.leaving.add(customer)
            if is_unsettled:
                found.unsettled.add(customer)
            if generation is not None:
                found.generations[customer] = generation
    note_run(
        segment=segment.pk,
        kind="rebuild",
        at=found.instant,
        customers=None,
        rows=len(found.waiting),
        milliseconds=(monotonic() - began) * 1000,
        statement=statement.sql,
    )


@transaction.atomic
def _decide_chunk(
    job: Job, customers: Sequence[int], candidates: Candidates, now: datetime
) -> tuple[list[int], int] | None:
    """Decide some of the candidates: those that somebody else held, and the changes logged; None: the job was overtaken."""
    hold_still()
    segment = _current(job)
    if segment is None:
        return None
    held, left = hold(customers)
    book = open_book()
    standing = book.segments[segment.pk]
    again = _to_ask_again(held, candidates) if is_plain(standing, book) else held
    number = job.parameters["version"]
    cause = Cause("rule", id=str(number), detail=f"version {number}", at=job.created_at)
    silent = bool(job.parameters.get("silent"))
    changes = 0
    if again:
        instant = instant_for(customers=again, now=now)
        asked = {segment.pk: dict.fromkeys(again, cause)}
        changes += decide(asked=asked, book=book, now=instant, silent=silent)
    if len(again) < len(held):
        same = sorted(held - again)
        changes += move_all(
            standing=standing,
            entering=[customer for customer in same if customer not in candidates.leaving],
            leaving=[customer for customer in same if customer in candidates.leaving],
            book=book,
            cause=cause,
            silent=silent,
            now=instant_for(customers=same, now=candidates.instant),
        )
    return left, changes


def _to_ask_again(held: set[int], candidates: Candidates) -> set[int]:
    """Those of the held about whom the set query may be out of date, or does not say enough."""
    meanwhile = changed(held, since=candidates.since, generations=candidates.generations, read=candidates.read)
    return meanwhile | (held & candidates.unsettled)
