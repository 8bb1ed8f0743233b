"""Moves the enrolments that are due along their flows: waits that are over, branches, messages to plan, ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.branches import answers
from campaigns.journeys.nodes import Branch, Exit, Send
from campaigns.journeys.steps import due_at, next_key
from campaigns.links import new_token
from campaigns.models import Enrolment, Message
from campaigns.models.journey import Status
from campaigns.queries.flows import flow_of
from campaigns.queries.standing import standing_of
from campaigns.stop import stop

State = Enrolment.State
UNDECIDED = (Message.State.PLANNED, Message.State.SENDING)
# A branch whose rule cannot be evaluated keeps its customers where they are, and is asked again after this.
ASKED_AGAIN = timedelta(minutes=10)


@dataclass
class Moved:
    """What one round did: enrolments moved, messages planned, enrolments stopped."""

    moved: int = 0
    stopped: int = 0
    planned: list[Message] = field(default_factory=list)


@transaction.atomic
def move(*, now: datetime, limit: int) -> Moved:
    """Move up to `limit` due enrolments of live journeys, each as far as it goes at `now`."""
    due = Enrolment.objects.filter(state=State.RUNNING, due_at__lte=now, journey__status=Status.LIVE)
    rows = list(due.order_by("due_at", "pk").select_for_update(of=("self",), skip_locked=True)[:limit])
    if not rows:
        return Moved()
    moved = Moved(stopped=_stop(rows, now=now))
    walking = [row for row in rows if row.state == State.RUNNING]
    moved.moved = len(walking)
    _walk(walking, moved, now=now)
    fields = ["node", "node_since", "due_at", "state", "ended_at"]
    Enrolment.objects.bulk_update(walking, fields, batch_size=500)
    Message.objects.bulk_create(moved.planned, ignore_conflicts=True)
    return moved


def _stop(rows: Collection[Enrolment], *, now: datetime) -> int:
    """Stop those whose customer left, got there, or opted out, before anything more is planned for them."""
    standing = standing_of(rows, now=now)
    found: dict[str, list[int]] = {}
    for row in rows:
        reason = standing.stopped_by(row)
        if reason is not None:
            found.setdefault(reason, []).append(row.pk)
            row.state = State.STOPPED
    return sum(stop(enrolments=ids, reason=reason, now=now) for reason, ids in found.items())


def _walk(rows: list[Enrolment], moved: Moved, *, now: datetime) -> None:
    """Take steps, all rows side by side so that the branches of one step are asked at once, until nobody is due."""
    known = Message.objects.filter(enrolment__in=[row.pk for row in rows])
    messages = {
        (enrolment, node): state for enrolment, node, state in known.values_list("enrolment_id", "node", "state")
    }
    while rows:
        asked = [
            ((row.version_id, row.node), row.customer_id)
            for row in rows
            if isinstance(flow_of(row.version_id).nodes[row.node], Branch)
        ]
        said = answers(asked=asked, now=now) if asked else {}
        for row in rows:
            answer = said.get(((row.version_id, row.node), row.customer_id))
            _step(row, answer, messages.get((row.pk, row.node)), moved, now=now)
        rows = [row for row in rows if row.state == State.RUNNING and row.due_at is not None and row.due_at <= now]


def _step(row: Enrolment, answer: bool | None, message: str | None, moved: Moved, *, now: datetime) -> None:
    """One step of one enrolment; `message` is the state of the message that its node has planned already."""
    flow = flow_of(row.version_id)
    node = flow.nodes[row.node]
    if isinstance(node, Exit):
        row.state, row.ended_at, row.due_at = State.FINISHED, now, None
    elif isinstance(node, Branch) and answer is None:
        row.due_at = now + ASKED_AGAIN
    elif isinstance(node, Send) and (message is None or message in UNDECIDED):
        # The way goes on once the message is sent or withheld: whoever settles it makes the enrolment due again.
        row.due_at = None
        if message is None:
            moved.planned.append(_planned(row, node, now=now))
    else:
        following = next_key(flow, row.node, answer=answer)
        if following is None:
            raise ValueError(f"The node {row.node!r} leads nowhere.")
        row.node, row.node_since = following, now
        row.due_at = due_at(flow.nodes[following], arrived_at=now)


def _planned(row: Enrolment, node: Send, *, now: datetime) -> Message:
    return Message(
        customer_id=row.customer_id,
        journey_id=row.journey_id,
        enrolment_id=row.pk,
        node=row.node,
        channel=node.channel,
        template=node.template,
        token=new_token(),
        planned_at=now,
        due_at=now,
    )
