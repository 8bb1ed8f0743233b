"""Changes of the portfolio with what they mean for journeys: the running enrolments they stop and the messages that are
not sent with them.

The settings belong to segmentation, which knows no journeys; whoever offers the change to people goes through here.
`stopped_by` answers segmentation for whoever changes a setting in another place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from segmentation import governance
from segmentation.models import GovernanceChange, Segment
from segmentation.regovern import Effect
from segmentation.undo import undo as undo_change

# Who has no running enrolment is left out before anything is looked up.
STOPPED = """
SELECT count(DISTINCT e.id), count(m.id)
  FROM ({suppressing}) AS turned (segment_id, customer_id)
  JOIN segmentation_segment s ON s.id = turned.segment_id
  JOIN campaigns_enrolment e ON e.customer_id = turned.customer_id AND e.state = 'running'
  JOIN campaigns_journeyversion v ON v.id = e.version_id AND v.document #>> '{{entry,segment}}' = s.slug
  LEFT JOIN campaigns_message m ON m.enrolment_id = e.id AND m.state = 'planned'
"""


@dataclass(frozen=True, slots=True)
class Turned:
    """One segment with how many of its memberships are suppressed and released."""

    slug: str
    name: str
    suppressed: int
    released: int


@dataclass(frozen=True, slots=True)
class Consequence:
    """Memberships that are suppressed and released, in all and by segment; running enrolments that stop with them, and
    their planned messages that are not sent. `looked_at` are customers who wait for a setting that changed; `change` is
    the number under which the change can be taken back, where one was made."""

    suppressed: int
    released: int
    enrolments_stopped: int
    messages_not_sent: int = 0
    looked_at: int = 0
    segments: tuple[Turned, ...] = ()
    change: int | None = None


def set_priorities(
    *,
    segments: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool,
    by: User | None,
    reason: str = "",
    now: datetime,
) -> Consequence:
    """Put segments in order, rank 1 first; or say what that would do. `known` is the order that was seen."""
    how: dict[str, Any] = {"dry_run": dry_run, "by": by, "reason": reason, "now": now}
    return consequence_of(governance.set_priorities(segments=segments, known=known, **how))


def put_group(
    *,
    name: str,
    segments: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool,
    by: User | None,
    reason: str = "",
    now: datetime,
) -> Consequence:
    """Make an exclusion group hold exactly these segments; or say what that would do."""
    how: dict[str, Any] = {"dry_run": dry_run, "by": by, "reason": reason, "now": now}
    return consequence_of(governance.put_group(name=name, segments=segments, known=known, **how))


def rename_group(*, name: str, to: str, dry_run: bool, by: User | None, reason: str = "", now: datetime) -> Consequence:
    """Give an exclusion group another name: nobody is suppressed or released by it."""
    return consequence_of(governance.rename_group(name=name, to=to, dry_run=dry_run, by=by, reason=reason, now=now))


def put_exclusion(
    *,
    segment: str,
    excludes: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool,
    by: User | None,
    reason: str = "",
    now: datetime,
) -> Consequence:
    """Make a segment silence exactly these; or say what that would do."""
    how: dict[str, Any] = {"dry_run": dry_run, "by": by, "reason": reason, "now": now}
    return consequence_of(governance.put_exclusion(segment=segment, excludes=excludes, known=known, **how))


def set_full_stop(
    *, segment: str, blocks_all_below: bool, dry_run: bool, by: User | None, reason: str = "", now: datetime
) -> Consequence:
    """Make a segment silence all below it, or no longer; or say what that would do."""
    how: dict[str, Any] = {"dry_run": dry_run, "by": by, "reason": reason, "now": now}
    return consequence_of(governance.set_full_stop(segment=segment, blocks_all_below=blocks_all_below, **how))


def undo(*, change: GovernanceChange, dry_run: bool, by: User | None, reason: str = "", now: datetime) -> Consequence:
    """Take a change of the settings back; or say what that would do."""
    return consequence_of(undo_change(change=change, dry_run=dry_run, by=by, reason=reason, now=now))


def consequence_of(effect: Effect) -> Consequence:
    """An effect with its segments by name."""
    rows = Segment.objects.in_bulk([one.segment for one in effect.segments])
    return Consequence(
        suppressed=effect.suppressed,
        released=effect.released,
        enrolments_stopped=effect.stops.get("enrolments_stopped", 0),
        messages_not_sent=effect.stops.get("messages_not_sent", 0),
        looked_at=effect.looked_at,
        segments=tuple(
            Turned(rows[one.segment].slug, rows[one.segment].name, one.suppressed, one.released)
            for one in effect.segments
        ),
        change=effect.change.number if effect.change else None,
    )


def stopped_by(effect: Effect) -> dict[str, int]:
    """The running enrolments whose customer a change that was only tried would suppress in their segment, and the
    messages planned for these."""
    enrolments = messages = 0
    statement, parameters = effect.suppressing
    if statement and effect.suppressed:
        with connection.cursor() as cursor:
            cursor.execute(STOPPED.format(suppressing=statement), parameters)
            enrolments, messages = cursor.fetchone()
    return {"enrolments_stopped": enrolments, "messages_not_sent": messages}
