"""Stage 6 of 8: advance.

Takes: `MembershipChange` after a stored cursor; enrolments that are due.
Leaves: enrolments begun, moved on, stopped or finished; planned messages.
Safe to repeat because: the cursor moves in the transaction of its changes; one enrolment a change, one message a step.
Next: send.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.approvals import withdraw
from campaigns.enrol import enrol, stop_leavers
from campaigns.models import Cursor, Journey
from campaigns.move import move
from campaigns.queries.changes import Place, changes_after
from campaigns.queries.content import journeys_with_other_content
from campaigns.queries.flows import flow_of
from campaigns.queries.running import enrolments_near_goal, live_journeys, versions_on_the_way
from campaigns.queries.standing import standing_of
from campaigns.stop import stop

CURSOR = "change log"
# Goals reached are looked for this far back; later ones are found when the enrolment is due or its message leaves.
LATELY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one round did. `more` says that the limit was reached and the next round has work at once."""

    read: int = 0
    entered: int = 0
    stopped: int = 0
    moved: int = 0
    planned: int = 0
    more: bool = False


def advance(*, now: datetime, limit: int = 500) -> Advanced:
    """Read up to `limit` changes and move up to `limit` due enrolments; call again while there is `more`."""
    for journey in journeys_with_other_content():
        withdraw(journey=journey, by=None, now=now, reason="The segment's rule or a template was changed.")
    read, entered, left = _read(now=now, limit=limit)
    there = _stop_at_goal(now=now, limit=limit)
    moved = move(now=now, limit=limit)
    return Advanced(
        read=read,
        entered=entered,
        stopped=left + there + moved.stopped,
        moved=moved.moved,
        planned=len(moved.planned),
        more=limit in (read, moved.moved + moved.stopped),
    )


@transaction.atomic
def _read(*, now: datetime, limit: int) -> tuple[int, int, int]:
    """Take the next changes: how many were read, how many enrolments they began, how many they stopped."""
    Cursor.objects.get_or_create(name=CURSOR)
    cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=CURSOR).first()
    if cursor is None:
        return 0, 0, 0
    # The journeys stand still meanwhile, so that one that is taken back cannot take customers in afterwards.
    list(Journey.objects.filter(status="live").order_by("pk").select_for_update(no_key=True).values_list("pk"))
    journeys = live_journeys()
    watched = {journey.flow.entry.segment for journey in journeys}
    watched |= {flow_of(version).entry.segment for version in versions_on_the_way()}
    changes, place = changes_after(Place(cursor.transaction, cursor.change_id), segments=watched, limit=limit)
    if place == Place(cursor.transaction, cursor.change_id):
        return 0, 0, 0
    if changes:
        # Asked after the changes were read: a rule that was published before them is seen here.
        other = {journey.pk for journey in journeys_with_other_content()}
        journeys = [journey for journey in journeys if journey.journey not in other]
    changes.sort(key=lambda change: change.place.change)
    stopped = stop_leavers(changes, now=now)
    entered = enrol(changes, journeys, now=now)
    cursor.transaction, cursor.change_id = place.transaction, place.change
    cursor.save(update_fields=["transaction", "change_id"])
    return len(changes), entered, stopped


def _stop_at_goal(*, now: datetime, limit: int) -> int:
    """Stop the enrolments whose customer reached the goal lately."""
    near = enrolments_near_goal(versions_on_the_way(), now=now, within=LATELY, limit=limit)
    reached = standing_of(near, now=now).reached if near else frozenset()
    return stop(enrolments=reached, reason="goal", now=now)
