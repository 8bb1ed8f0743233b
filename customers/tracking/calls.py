"""One call of the tracking spec, read and checked: identify, track, page, screen, alias, group."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from customers.tracking import context as facts
from customers.tracking.moments import event_time, read_sent_at
from customers.tracking.traits import read_traits
from customers.tracking.values import RejectedError, canonical, clean, read_numbers

KINDS = frozenset({"identify", "track", "page", "screen", "alias", "group"})
PAGE_VIEWED, SCREEN_VIEWED = "Page Viewed", "Screen Viewed"
LONGEST_ID = 500
LONGEST_NAME = 200
# What broken clients send where an id is missing: as an id it would join everybody.
_NO_ID = frozenset({"null", "undefined", "nan", "none", "[object object]"})
# What differs when a client sends the same content again.
_NOT_CONTENT = frozenset({"messageId", "sentAt", "writeKey", "receivedAt", "channel", "integrations"})


@dataclass(slots=True)
class Call:
    """A call that can be taken. `event` and `properties` are set where it tells of an event, `previous_id` for alias.

    `key` is the MD5 of `message_id`. `told` are the columns of the profile that the traits fill, `attributes` the
    other traits under their catalogue keys; None in either takes the value away. `consents` maps a channel to whether
    the customer agrees to it.
    """

    index: int
    kind: str
    message_id: str
    key: UUID
    time: datetime
    user_id: str | None
    anonymous_id: str | None
    previous_id: str | None = None
    event: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    store: str | None = None
    consents: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a batch for a call that could not even be decoded: the reason, and the text as it came."""

    reason: str
    text: str


def read_call(body: Any, *, index: int, received_at: datetime) -> Call:
    """The call that a decoded JSON object says. Raises RejectedError with the reason when it cannot be taken."""
    if isinstance(body, Unreadable):
        raise RejectedError(body.reason)
    if not isinstance(body, Mapping):
        raise RejectedError("A call must be a JSON object.")
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise RejectedError(f"type: give one of {', '.join(sorted(KINDS))}.")
    context = _object(body, "context")
    stated = body.get("timestamp") or body.get("originalTimestamp")
    time = event_time(stated, sent_at=read_sent_at(body.get("sentAt")), received_at=received_at)
    message_id = _message_id(body)
    call = Call(
        index=index,
        kind=kind,
        message_id=message_id,
        key=UUID(bytes=hashlib.md5(message_id.encode(), usedforsecurity=False).digest()),
        time=time,
        user_id=_id(body, "userId"),
        anonymous_id=_id(body, "anonymousId"),
    )
    _READERS[kind](call, body)
    if not (call.user_id or call.anonymous_id):
        raise RejectedError("userId or anonymousId: one of them must be there.")
    if context:
        facts.read_context(call, context)
    if call.traits:
        read_traits(call)
    return call


def _read_track(call: Call, body: Mapping[str, Any]) -> None:
    name = body.get("event")
    if not isinstance(name, str) or not name.strip():
        raise RejectedError("event: give the event's name as text.")
    name = clean(name, "event")
    if len(name) > LONGEST_NAME:
        raise RejectedError(f"event: a name has at most {LONGEST_NAME} characters.")
    call.event = name
    call.properties = _properties(body)
    facts.read_consent_event(call)


def _read_page(call: Call, body: Mapping[str, Any]) -> None:
    call.event = PAGE_VIEWED if call.kind == "page" else SCREEN_VIEWED
    call.properties = _properties(body)
    for key in ("name", "category"):
        if isinstance(body.get(key), str) and key not in call.properties:
            call.properties[key] = clean(body[key], key)


def _read_identify(call: Call, body: Mapping[str, Any]) -> None:
    call.traits = clean(_object(body, "traits"), "traits")


def _read_alias(call: Call, body: Mapping[str, Any]) -> None:
    call.previous_id = _id(body, "previousId")
    if not call.previous_id:
        raise RejectedError("previousId: give the id that the customer had before.")


def _read_group(call: Call, body: Mapping[str, Any]) -> None:
    group = _id(body, "groupId")
    if not group:
        raise RejectedError("groupId: give the id of the group.")
    _object(body, "traits")
    call.traits = {"group_id": group}


_READERS = {
    "track": _read_track,
    "page": _read_page,
    "screen": _read_page,
    "identify": _read_identify,
    "alias": _read_alias,
    "group": _read_group,
}


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = clean(_object(body, "properties"), "properties")
    read_numbers(properties)
    return properties


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RejectedError(f"{key}: must be a JSON object.")
    return value


def _id(body: Mapping[str, Any], key: str) -> str | None:
    """An id as text; some clients send numbers. Empty is absent, and so is what stands for a missing id."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise RejectedError(f"{key}: an id is text.")
    value = clean(value, key).strip()
    if len(value) > LONGEST_ID:
        raise RejectedError(f"{key}: an id has at most {LONGEST_ID} characters.")
    return None if not value or value.lower() in _NO_ID else value


def _message_id(body: Mapping[str, Any]) -> str:
    """The id that the client gave, or one derived from the content: the same content is the same message."""
    value = body.get("messageId")
    if value is None or value == "":
        try:
            content = canonical({key: item for key, item in body.items() if key not in _NOT_CONTENT})
        except (TypeError, ValueError) as error:
            raise RejectedError(f"The call holds something that is no JSON: {error}.") from error
        return "content-" + hashlib.sha256(content).hexdigest()[:40]
    if not isinstance(value, str):
        raise RejectedError("messageId: must be text.")
    return str(clean(value, "messageId"))
