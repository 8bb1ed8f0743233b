"""Changes of the portfolio with what they mean for journeys: how many running enrolments they would stop.

The settings belong to segmentation, which knows no journeys; whoever offers the change to people goes through here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from segmentation import governance
from segmentation.regovern import Effect

STOPPED = """
SELECT count(*)
  FROM ({suppressing}) AS turned (segment_id, customer_id)
  JOIN segmentation_segment s ON s.id = turned.segment_id
  JOIN campaigns_enrolment e ON e.customer_id = turned.customer_id AND e.state = 'running'
  JOIN campaigns_journeyversion v ON v.id = e.version_id AND v.document #>> '{{entry,segment}}' = s.slug
"""


@dataclass(frozen=True, slots=True)
class Consequence:
    """Memberships that are suppressed and released, and running enrolments that stop with them."""

    suppressed: int
    released: int
    enrolments_stopped: int


def set_priorities(*, segments: list[str], dry_run: bool, by: User | None, now: datetime) -> Consequence:
    """Put segments in order, rank 1 first; or say what that would do."""
    return _made(governance.set_priorities, {"segments": segments}, dry_run=dry_run, by=by, now=now)


def put_group(*, name: str, segments: list[str], dry_run: bool, by: User | None, now: datetime) -> Consequence:
    """Make an exclusion group hold exactly these segments; or say what that would do."""
    return _made(governance.put_group, {"name": name, "segments": segments}, dry_run=dry_run, by=by, now=now)


def put_exclusion(*, segment: str, excludes: list[str], dry_run: bool, by: User | None, now: datetime) -> Consequence:
    """Make a segment silence exactly these; or say what that would do."""
    return _made(governance.put_exclusion, {"segment": segment, "excludes": excludes}, dry_run=dry_run, by=by, now=now)


def set_full_stop(
    *, segment: str, blocks_all_below: bool, dry_run: bool, by: User | None, now: datetime
) -> Consequence:
    """Make a segment silence all below it, or no longer; or say what that would do."""
    settings = {"segment": segment, "blocks_all_below": blocks_all_below}
    return _made(governance.set_full_stop, settings, dry_run=dry_run, by=by, now=now)


def _made(
    verb: Callable[..., Effect], settings: dict[str, Any], *, dry_run: bool, by: User | None, now: datetime
) -> Consequence:
    """Try it, count what it stops while nothing has changed yet, then make it."""
    tried = verb(**settings, dry_run=True, by=by, now=now)
    stopped = enrolments_stopped_by(tried)
    effect = tried if dry_run else verb(**settings, by=by, now=now)
    return Consequence(effect.suppressed, effect.released, stopped)


def enrolments_stopped_by(effect: Effect) -> int:
    """The running enrolments whose customer a change that was only tried would suppress in their segment."""
    statement, parameters = effect.suppressing
    if not statement or not effect.suppressed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(STOPPED.format(suppressing=statement), parameters)
        found: int = cursor.fetchone()[0]
    return found
