"""Let the clock speak: mark the customers whose answers may have changed because time passed, and nothing else.

Every edge of every live rule is looked for in the strip of time since the last sweep; edges of hysteresis are stored
instants. After a pause of any length the strips of all the missed time are swept, a few hours at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from customers import bell
from customers.mark import mark
from segmentation.causes import HYSTERESIS, Cause
from segmentation.compiler.strips import strips_of
from segmentation.engines.postgres import rows
from segmentation.engines.statistics import note_seldom
from segmentation.matches import BROKEN, stop
from segmentation.models import Segment, Sweep
from segmentation.models.segment import Status
from segmentation.portfolio import hold_still
from segmentation.queries.live_rules import live_rules
from segmentation.queries.surroundings import surroundings
from segmentation.rules.edges import edges_seconds
from segmentation.rules.nodes import Rule

SWEEP_LOCK = 0x7469646502
# The longest strip of one step, so that three days off cost memory for six hours.
STEP = timedelta(hours=6)


@dataclass(frozen=True)
class Swept:
    """How far the clock has been swept, and how many marks that left. `until` is None where another sweep was at it."""

    until: datetime | None
    marks: int


def sweep(*, now: datetime, step: timedelta = STEP) -> Swept:
    """Sweep the clock up to `now`, a `step` at a time; each is one transaction and need not be done again."""
    marks, until = 0, None
    while until is None or until < now:
        done = _step(now, step)
        if done.until is None:
            break
        marks, until = marks + done.marks, done.until
    if marks:
        bell.ring()
    return Swept(until, marks)


@transaction.atomic
def _step(now: datetime, step: timedelta) -> Swept:
    """One stretch of time. The portfolio stands still, so no version is switched on between its strips."""
    hold_still()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SWEEP_LOCK])
        if not cursor.fetchone()[0]:
            return Swept(None, 0)
    row, _ = Sweep.objects.select_for_update().get_or_create(pk=1, defaults={"until": _beginning(now)})
    if row.until >= now:
        return Swept(row.until, 0)
    until = min(row.until + step, now)
    marks = _windows(row.until, until, now) + _due_looks(until, now)
    row.until = until
    row.save(update_fields=["until"])
    return Swept(until, marks)


def _beginning(now: datetime) -> datetime:
    """Where the first sweep starts: when the oldest live rule was published."""
    live = Segment.objects.filter(status=Status.LIVE)
    return min(live.aggregate(first=Min("live_version__published_at"))["first"] or now, now)


def _windows(since: datetime, until: datetime, now: datetime) -> int:
    """Mark whom the clock alone may have moved in or out of a segment in a stretch of time; how many marks."""
    live = live_rules()
    began = monotonic()
    pairs = _ask_each({segment: one.rule for segment, one in live.items()}, since, until)
    elapsed = (monotonic() - began) * 1000 / max(len(live), 1)
    causes: dict[int, dict[str, dict[str, str]]] = {}
    for segment, one in live.items():
        cause = Cause("clock", id="window", detail=f"{_edges_text(one.rule)} passed", at=until)
        causes[segment] = {f"clock:{one.slug}": cause.stored()}
    marked: dict[int, dict[str, Any]] = {}
    counted: dict[int, int] = {}
    for customer, segment in pairs:
        marked.setdefault(customer, {}).update(causes[segment])
        counted[segment] = counted.get(segment, 0) + 1
    for segment, count in counted.items():
        note_seldom(segment=segment, kind="sweep", at=until, rows=count, milliseconds=elapsed)
    mark(causes=marked, now=now)
    return len(pairs)


def _edges_text(rule: Rule) -> str:
    """The durations of a rule's edges as people say them."""
    lengths = [_length_text(seconds) for seconds in edges_seconds(rule)]
    return " or ".join(lengths) or "an instant"


def _length_text(seconds: int) -> str:
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds % size == 0:
            return f"{seconds // size:,} {unit}{'' if seconds == size else 's'}"
    return f"{seconds:,} seconds"


def _ask_each(rules: Mapping[int, Rule], since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Pairs of customer and segment; where the statement over all rules fails, the rule at fault stops alone."""
    try:
        return _ask(rules, since, until)
    except BROKEN:
        pairs = []
        for segment, rule in rules.items():
            try:
                pairs += _ask({segment: rule}, since, until)
            except BROKEN as error:
                stop(segment, error)
        return pairs


def _ask(rules: Mapping[int, Rule], since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Pairs of customer and segment, by one statement over all rules."""
    with transaction.atomic():
        around = surroundings(rules.values(), now=until, stored_thresholds=True)
        return [(customer, segment) for customer, segment in rows(strips_of(rules, around, since, until))]


_TAKE_LOOKS = """
DELETE FROM segmentation_duelook d USING segmentation_segment s
WHERE s.id = d.segment_id AND s.status = 'live' AND s.error = '' AND d.at <= %s
RETURNING d.customer_id, s.slug, d.at"""


def _due_looks(until: datetime, now: datetime) -> int:
    """Mark the customers whom a minimum stay, a grace or a pause holds no longer; how many marks."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_LOOKS, [until])
        looks = cursor.fetchall()
    marked: dict[int, dict[str, Any]] = {}
    for customer, slug, at in looks:
        marked.setdefault(customer, {})[f"look:{slug}"] = Cause("clock", id=HYSTERESIS, at=at).stored()
    mark(causes=marked, now=now)
    return len(looks)
