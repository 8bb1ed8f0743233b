"""What customers do with a message: kept beside it, and fed back as an event of theirs, so that rules can read it.

Each thing becomes an event once: the first opening, the first click on each link, the way out. The event's message id is
derived from the message, so a repetition counts once, whatever crashes. Handing over makes no event: that a server took a
message says nothing yet about the customer.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from campaigns.models import Enrolment, Message, TrackedLink
from campaigns.queries.flows import flow_of
from campaigns.stop import stop
from customers.consent import set_consent
from customers.ingest import ingest
from customers.models import Consent, Identity, Source

logger = logging.getLogger(__name__)

OPENED, CLICKED, UNSUBSCRIBED = "opened", "clicked", "unsubscribed"
EVENTS = {OPENED: "Email Opened", CLICKED: "Email Link Clicked", UNSUBSCRIBED: "Unsubscribed"}

COUNT = """
INSERT INTO campaigns_response AS r (message_id, kind, first_at, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (message_id, kind) DO UPDATE SET count = r.count + 1, first_at = LEAST(r.first_at, excluded.first_at)
"""


def note_opened(*, message: Message, now: datetime) -> None:
    """The picture in the message was fetched."""
    _count(message, OPENED, now)
    _tell(message, OPENED, str(message.pk), {}, now=now)


def note_clicked(*, message: Message, link: TrackedLink, now: datetime) -> None:
    """A link was followed. Somebody who clicks has opened it too, whether or not pictures were shown."""
    opened = message.responses.filter(kind=OPENED).exists()
    _count(message, CLICKED, now)
    properties = {"link_url": link.url, "link_id": link.position}
    _tell(message, CLICKED, f"{message.pk}:{link.position}", properties, now=now)
    if not opened:
        note_opened(message=message, now=now)


def note_unsubscribed(*, message: Message, now: datetime, how: str) -> None:
    """The customer wants no more in this channel: kept with its proof, and their journeys in it stop."""
    _count(message, UNSUBSCRIBED, now)
    _tell(message, UNSUBSCRIBED, str(message.pk), {"channel": message.channel, "how": how}, now=now)
    held = Consent.objects.filter(customer=message.customer_id, channel=message.channel).first()
    if held is None or held.state != "unsubscribed":
        proof = {"message": message.pk, "how": how}
        set_consent(
            customer=message.customer, channel=message.channel, state="unsubscribed", at=now, proof=proof, now=now
        )
    running = Enrolment.objects.filter(customer=message.customer_id, state=Enrolment.State.RUNNING)
    concerned = [
        row.pk for row in running if message.channel in {send.channel for send in flow_of(row.version_id).sends()}
    ]
    stop(enrolments=concerned, reason="unsubscribed", now=now)


def _count(message: Message, kind: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [message.pk, kind, now])


def _tell(message: Message, kind: str, key: str, properties: dict[str, Any], *, now: datetime) -> None:
    """Feed it back through the front door. What the customer asked for goes on where that fails."""
    call = {
        "type": "track",
        "event": EVENTS[kind] if message.channel == "email" or kind == UNSUBSCRIBED else f"Message {kind.title()}",
        "messageId": f"tideline:{kind}:{key}",
        "timestamp": now.isoformat(),
        "properties": {**_about(message), **properties},
        **_whose(message),
    }
    try:
        refused = ingest(source=_source(now), calls=[call], received_at=now).rejected
    except DatabaseError:
        logger.exception("%s of message %s could not be fed back", kind, message.pk)
        return
    if refused:
        logger.error("%s of message %s was not taken: %s", kind, message.pk, refused[0].reason)


def _about(message: Message) -> dict[str, Any]:
    about: dict[str, Any] = {
        "email_id": str(message.pk),
        "email_subject": message.subject,
        "template": message.template,
        "node": message.node,
    }
    if message.journey:
        about |= {"campaign_id": message.journey.slug, "campaign_name": message.journey.name}
    return about


def _whose(message: Message) -> dict[str, Any]:
    """The ids by which the customer's own event finds them."""
    kept = dict(Identity.objects.filter(customer=message.customer_id).order_by("-since").values_list("kind", "value"))
    if "user_id" in kept:
        return {"userId": kept["user_id"]}
    if "anonymous_id" in kept:
        return {"anonymousId": kept["anonymous_id"]}
    whose: dict[str, Any] = {"anonymousId": f"tideline-customer-{message.customer_id}"}
    if "email" in kept:
        whose["context"] = {"traits": {"email": kept["email"]}}
    return whose


def _source(now: datetime) -> Source:
    defaults = {"name": "Messages", "created_at": now}
    return Source.objects.get_or_create(slug="messages", defaults=defaults)[0]
