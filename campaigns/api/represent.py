"""How journeys, words and messages look in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.approvals import latest_version
from campaigns.journeys.describe import describe
from campaigns.journeys.parse import FlowError, parse
from campaigns.models import Journey, JourneyDecision, JourneyVersion, Message, Template
from campaigns.models.journey import Status
from campaigns.queries.content import journeys_sending
from campaigns.queries.rules import say_rule
from customers.api.represent import customer_named_as_json, username
from segmentation.models import Review
from segmentation.queries.listing import Size
from segmentation.queries.reviews import Standing

FLOW = ("entry", "re_entry", "goal", "first", "nodes")
ABSENT = {"re_entry": "never", "goal": None}


def journey_as_json(journey: Journey) -> dict[str, Any]:
    """A journey in a list: what it says, and where it stands."""
    document: Mapping[str, Any] = journey.document
    return {
        "slug": journey.slug,
        "name": journey.name,
        "status": journey.status,
        **{key: document.get(key, ABSENT.get(key)) for key in FLOW},
        "revision": journey.revision,
        "live": _version(journey.live_version),
        "created_at": journey.created_at,
        "updated_at": journey.updated_at,
    }


def whole_journey_as_json(journey: Journey) -> dict[str, Any]:
    """One journey, with its words in English and everything that was decided about it."""
    decisions = journey.decisions.select_related("by", "version").order_by("-pk")
    submitted = latest_version(journey) if journey.status != Status.DRAFT else None
    return {
        **journey_as_json(journey),
        "submitted": _version(submitted),
        "says": _says(journey.document),
        "decisions": [_decision(row) for row in decisions],
    }


def template_as_json(template: Template) -> dict[str, Any]:
    """The words of a message."""
    return {
        "slug": template.slug,
        "name": template.name,
        "channel": template.channel,
        "subject": template.subject,
        "body": template.body,
        "edited_by": username(template.edited_by),
        "used_by": [journey.slug for journey in journeys_sending(template.slug)],
        "created_at": template.created_at,
        "updated_at": template.updated_at,
    }


def message_as_json(message: Message) -> dict[str, Any]:
    """One message. One that is being handed over just now still counts as planned."""
    sending = message.state == Message.State.SENDING
    return {
        "id": message.pk,
        "customer": customer_named_as_json(message.customer),
        "journey": message.journey.slug if message.journey else None,
        "node": message.node,
        "channel": message.channel,
        "template": message.template,
        "state": Message.State.PLANNED if sending else message.state,
        "reason": message.reason,
        "recipient": message.recipient,
        "subject": message.subject,
        "planned_at": message.planned_at,
        "sent_at": message.sent_at,
    }


def _version(version: JourneyVersion | None) -> dict[str, Any] | None:
    return {"number": version.number, "digest": version.digest} if version else None


def _decision(row: JourneyDecision) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "by": username(row.by),
        "at": row.at,
        "version": row.version.number if row.version else None,
        "reason": row.reason,
    }


def _says(document: Any) -> list[str]:
    try:
        return describe(parse(document), say_rule=say_rule)
    except FlowError as error:
        return [str(error)]


def review_as_json(row: Review) -> dict[str, Any]:
    """A decision with its reason and what was seen."""
    return {
        "id": row.pk,
        "segment": row.segment.slug,
        "decision": row.decision,
        "reason": row.reason,
        "by": username(row.by),
        "at": row.at,
        "next_review_on": row.next_review_on,
        "follow_ups": [one.slug for one in row.follow_ups.all()],
        "evidence": row.evidence,
    }


def queued_as_json(standing: Standing, size: Size, findings: int) -> dict[str, Any]:
    """A segment in the queue of reviews."""
    segment = standing.segment
    return {
        "segment": segment.slug,
        "name": segment.name,
        "status": segment.status,
        "owner": username(segment.owner),
        "folder": segment.folder,
        "review_on": segment.review_on,
        "due": standing.due,
        "to_do": standing.to_do,
        "size": {"active": size.active, "suppressed": size.suppressed},
        "findings": findings,
        "last": review_as_json(standing.last) if standing.last else None,
    }
