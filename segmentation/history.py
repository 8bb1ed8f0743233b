"""Membership at any past instant, from the change log alone."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from segmentation.models import Segment
from segmentation.queries.logged import in_at

_AT = f"{in_at('%s', '%s')} ORDER BY customer_id"

_STATES_AT = """
SELECT customer_id, state FROM (
    SELECT DISTINCT ON (customer_id) customer_id, kind, state FROM segmentation_membershipchange
    WHERE segment_id = %s AND at <= %s
    ORDER BY customer_id, at DESC, id DESC
) last WHERE kind <> 'exited' ORDER BY customer_id"""

_STATE_AT = """
SELECT CASE WHEN kind <> 'exited' THEN state END FROM segmentation_membershipchange
WHERE segment_id = %s AND customer_id = %s AND at <= %s ORDER BY at DESC, id DESC LIMIT 1"""


def members_at(*, segment: Segment, at: datetime) -> list[int]:
    """The customers who were in the segment at that instant, active or suppressed, by id."""
    with connection.cursor() as cursor:
        cursor.execute(_AT, [segment.pk, at])
        return [row[0] for row in cursor.fetchall()]


def states_at(*, segment: Segment, at: datetime) -> dict[int, str]:
    """The same with the state each was in."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES_AT, [segment.pk, at])
        return dict(cursor.fetchall())


def state_at(*, segment: Segment, customer_id: int, at: datetime) -> str | None:
    """The state one customer was in at that instant; None for somebody outside."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE_AT, [segment.pk, customer_id, at])
        row = cursor.fetchone()
    return row[0] if row else None
