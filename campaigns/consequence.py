"""What a change of the portfolio's settings means for journeys: the running enrolments it stops and the messages that are
not sent with them.

The settings belong to segmentation, which knows no journeys: `stopped_by` answers it, and `consequence_of` tells people.
"""

from __future__ import annotations

from dataclasses import dataclass

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.regovern import Effect

# Who has no running enrolment is left out before anything is looked up.
# Materialized: found once for everybody, and not again for each enrolment.
STOPPED = """
WITH turned (segment_id, customer_id) AS MATERIALIZED ({suppressing})
SELECT count(DISTINCT e.id), count(m.id)
  FROM turned
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
        ((enrolments, messages),) = rows_of(STOPPED.format(suppressing=statement), **parameters)
    return {"enrolments_stopped": enrolments, "messages_not_sent": messages}
