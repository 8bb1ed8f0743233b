"""The claim towards the outside: taken with a deadline, called for, recorded; three short steps, each its own transaction.

A sender that dies leaves its claim behind. Past the deadline nobody can know whether the message was handed over: it is
`unknown`, and not sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from campaigns.channels.email import address_works
from campaigns.models import Enrolment, Message
from campaigns.queries.standing import Standing, standing_of
from campaigns.stop import SAID, stop
from customers.models import Customer

State = Message.State
SILENCE = "the sender stopped before it said whether the message was handed over"

# Both rows or neither: a customer who is just being moved along is left to the next round, and nobody waits for a lock.
# While a segment is paused nobody knows who would be in it, or active: its journey's messages wait until it is resumed.
DUE = """
SELECT m.id
  FROM campaigns_message m
  JOIN campaigns_enrolment e ON e.id = m.enrolment_id
  JOIN campaigns_journey j ON j.id = m.journey_id
  JOIN campaigns_journeyversion v ON v.id = e.version_id
 WHERE m.state = 'planned' AND m.due_at <= %s AND j.status = 'live'
   AND NOT EXISTS (SELECT FROM segmentation_segment s
                    WHERE s.status = 'paused' AND s.slug = v.document #>> '{entry,segment}')
 ORDER BY m.due_at, m.id
 LIMIT %s
   FOR UPDATE OF m, e SKIP LOCKED
"""

RECORD = """
UPDATE campaigns_message m
   SET state = r.state, reason = r.reason, recipient = r.recipient, subject = r.subject, external_id = r.external_id,
       sent_at = r.sent_at, due_at = COALESCE(r.due_at, m.due_at), claimed_until = NULL
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
       AS r (id, state, reason, recipient, subject, external_id, sent_at, due_at)
 WHERE m.id = r.id AND m.claimed_until = %s AND (m.state = 'sending' OR (m.state = 'unknown' AND r.state <> 'planned'))
"""

MOVE_ON = """
UPDATE campaigns_enrolment e SET due_at = %s
  FROM campaigns_message m
 WHERE m.id = ANY(%s) AND m.state NOT IN ('planned', 'sending')
   AND e.id = m.enrolment_id AND e.node = m.node AND e.state = 'running' AND e.due_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The messages that one sender holds until the deadline, and how many were withheld on the way."""

    until: datetime
    messages: Sequence[Message] = ()
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one claimed message. `due_at` is when it is tried again, for one that is planned again."""

    message: int
    state: str
    reason: str = ""
    recipient: str = ""
    subject: str = ""
    external_id: str = ""
    sent_at: datetime | None = None
    due_at: datetime | None = None


@dataclass
class _Sorted:
    """A batch, parted by what is to be done: sent on, withheld (the journey goes on), or stopped with its journey."""

    sent_on: list[Message] = field(default_factory=list)
    withheld: dict[str, list[int]] = field(default_factory=dict)
    stopped: dict[str, list[int]] = field(default_factory=dict)


@transaction.atomic
def claim(*, now: datetime, until: datetime, limit: int) -> Claim:
    """Take due messages of live journeys after asking everything once more; what may not leave is withheld, with why."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now, limit])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return Claim(until)
    rows = (
        Message.objects.filter(pk__in=ids).select_related("customer", "enrolment", "journey").order_by("due_at", "pk")
    )
    found = _sorted(list(rows.defer("journey__document")), now=now)
    for reason, messages in found.withheld.items():
        Message.objects.filter(pk__in=messages).update(state=State.WITHHELD, reason=reason)
        move_on(messages, now=now)
    for reason, enrolments in found.stopped.items():
        stop(enrolments=enrolments, reason=reason, now=now)
    taken = [message.pk for message in found.sent_on]
    Message.objects.filter(pk__in=taken).update(state=State.SENDING, claimed_until=until, attempts=F("attempts") + 1)
    return Claim(until, found.sent_on, withheld=len(ids) - len(taken))


def refusal(message: Message, standing: Standing) -> str | None:
    """Why this message may not leave though its journey goes on; None if it may."""
    customer, channel = message.customer, message.channel
    if customer.paused_at is not None:
        return "messages to the customer are paused"
    if recipient_of(customer, channel) is None:
        return f"no {channel} address that works"
    consent = standing.consent(customer.pk, channel)
    if consent == "unsubscribed":
        return f"unsubscribed from {channel}"
    if consent != "subscribed":
        return f"no consent for {channel}"
    return None


def recipient_of(customer: Customer, channel: str) -> str | None:
    """The customer's address in a channel, if it can work."""
    if channel == "email":
        return customer.email if address_works(customer.email) else None
    return customer.phone or None


def record(*, claim: Claim, results: Sequence[Result], now: datetime) -> None:
    """Keep what became of claimed messages and let their enrolments go on.

    What this sender knows also settles a message that was called unknown meanwhile, since its deadline had passed.
    """
    if not results:
        return
    columns = zip(
        *((r.message, r.state, r.reason, r.recipient, r.subject, r.external_id, r.sent_at, r.due_at) for r in results),
        strict=True,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RECORD, [*(list(column) for column in columns), claim.until])
        cursor.execute(MOVE_ON, [now, [result.message for result in results]])


def move_on(messages: Sequence[int], *, now: datetime) -> None:
    """Let the enrolments that waited for these messages take their next step."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [now, list(messages)])


@transaction.atomic
def expire(*, now: datetime) -> int:
    """Call claims past their deadline unknown, and withhold what lost its journey in a merge. Returns how many unknown."""
    orphans = Message.objects.filter(state=State.PLANNED, enrolment=None)
    orphans.update(state=State.WITHHELD, reason="the customer was merged with another who is on the journey")
    rows = Message.objects.filter(state=State.SENDING, claimed_until__lt=now).select_for_update(skip_locked=True)
    late = list(rows.values_list("pk", flat=True))
    if late:
        Message.objects.filter(pk__in=late).update(state=State.UNKNOWN, reason=SILENCE)
        move_on(late, now=now)
    return len(late)


def _sorted(messages: list[Message], *, now: datetime) -> _Sorted:
    enrolments = [message.enrolment for message in messages if message.enrolment]
    standing = standing_of(enrolments, now=now)
    found = _Sorted()
    for message in messages:
        enrolment = message.enrolment
        if enrolment is None or enrolment.state != Enrolment.State.RUNNING:
            over = SAID.get(enrolment.reason if enrolment else "", "the journey is over for the customer")
            found.withheld.setdefault(over, []).append(message.pk)
        elif (why := standing.stopped_by(enrolment)) is not None:
            found.stopped.setdefault(why, []).append(enrolment.pk)
        elif (reason := refusal(message, standing)) is not None:
            found.withheld.setdefault(reason, []).append(message.pk)
        else:
            found.sent_on.append(message)
    return found
