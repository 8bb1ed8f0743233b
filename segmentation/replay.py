"""Play the past again, step by step, through the verbs themselves: mark what happened, sweep the clock, evaluate.

For a base that came with its history: its segments are published as of the beginning, and each step then leaves the
change log that the engine would have left. Profiles and consents are as they stand today; events and orders are as of
each instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from customers.mark import mark
from segmentation.causes import EVERYTHING, Cause
from segmentation.evaluate import evaluate
from segmentation.models import MembershipChange
from segmentation.sweep import sweep
from segmentation.thresholds import refresh_thresholds

BATCH = 5000
# How often the thresholds of percentile conditions are computed again on the way, and once more at the end.
THRESHOLDS = timedelta(days=7)


@dataclass(frozen=True)
class Replayed:
    """How many steps were played and how many changes that logged."""

    steps: int
    changes: int


def replay(
    *,
    since: datetime,
    until: datetime,
    step: timedelta = timedelta(days=1),
    said: Callable[[float], None] | None = None,
) -> Replayed:
    """Play `(since, until]` in steps; a customer's change is dated to the end of its step. `said` hears the share done.

    The live segments were published at `since`, and no clock was swept past it.
    """
    changes, steps = 0, 0
    before = refreshed = since
    while before < until:
        at = min(before + step, until)
        _mark_events(before, at)
        sweep(now=at, step=step)
        if at - refreshed >= THRESHOLDS or at == until:
            refresh_thresholds(now=at)
            refreshed = at
        while (done := evaluate(now=at, limit=BATCH)).customers:
            changes += done.changes
        steps, before = steps + 1, at
        if said:
            said((at - since) / (until - since))
    # Nobody waited for what was replayed, so none of it is latency.
    MembershipChange.objects.filter(at__gt=since, at__lte=until).update(written_at=None)
    return Replayed(steps, changes)


_HAPPENED = """
SELECT DISTINCT ON (e.customer_id, e.name_id) e.customer_id, n.name, e.message_id, e.time, c.first_seen_at > %(since)s
FROM customers_event e
JOIN customers_eventname n ON n.id = e.name_id
JOIN customers_customer c ON c.id = e.customer_id
WHERE e.time > %(since)s AND e.time <= %(until)s
ORDER BY e.customer_id, e.name_id, e.time DESC, e.id DESC"""


@transaction.atomic
def _mark_events(since: datetime, until: datetime) -> None:
    """Leave the marks that ingest would have left of the events in a stretch of time."""
    with connection.cursor() as cursor:
        cursor.execute(_HAPPENED, {"since": since, "until": until})
        for portion in _portions(cursor.fetchall()):
            mark(causes=portion, now=until)


def _portions(rows: list[tuple[int, str, str, datetime, bool]]) -> Iterator[Mapping[int, Mapping[str, Any]]]:
    """The causes by customer, a few thousand customers at a time; `rows` are in the order of the customers."""
    causes: dict[int, dict[str, Any]] = {}
    for customer, name, message, at, is_new in rows:
        if customer not in causes and len(causes) >= BATCH:
            yield causes
            causes = {}
        cause = Cause("event", id=message, detail=name, at=at).stored()
        kept = causes.setdefault(customer, {})
        kept[f"event:{name}"] = kept["attribute:last_seen_at"] = cause
        if is_new:
            kept[EVERYTHING] = cause
    yield causes
