"""The facts in a call's `context` that are worth keeping, and consent, however it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customers.tracking.values import RejectedError, clean, text_or_none

if TYPE_CHECKING:
    from customers.tracking.calls import Call

SUBSCRIBED, UNSUBSCRIBED = "Subscribed", "Unsubscribed"
LONGEST_CHANNEL = 16
LONGEST_FACT = 200
_CAMPAIGN = {"name": "utm_campaign", "source": "utm_source", "medium": "utm_medium"}
_PHONES = frozenset({"ios", "android"})


def read_consent_event(call: Call) -> None:
    """`Subscribed` and `Unsubscribed` change the consent of their `channel`, e-mail unless they name another."""
    if call.event in (SUBSCRIBED, UNSUBSCRIBED):
        channel = call.properties.get("channel", "email")
        call.consents[_channel(channel)] = call.event == SUBSCRIBED


def read_context(call: Call, context: Mapping[str, Any]) -> None:
    """Take from the context: the time zone, the store, traits, consents; and for events the device and the campaign."""
    timezone = _fact(context.get("timezone"))
    if timezone:
        call.told["timezone"] = timezone
    call.store = _fact(context.get("store"))
    traits = context.get("traits")
    if isinstance(traits, Mapping) and traits:
        call.traits = clean(traits, "context.traits") | call.traits
    consent = context.get("consent")
    channels = consent.get("channels") if isinstance(consent, Mapping) else None
    if isinstance(channels, Mapping):
        call.consents = {_channel(key): _agrees(value) for key, value in channels.items()} | call.consents
    if call.event is not None:
        _keep_facts(call.properties, context)


def _keep_facts(properties: dict[str, Any], context: Mapping[str, Any]) -> None:
    """`device`, `utm_source`, `utm_medium`, `utm_campaign`, unless the event has properties of these names."""
    if "device" not in properties:
        device = _device(context)
        if device:
            properties["device"] = device
    campaign = context.get("campaign")
    if isinstance(campaign, Mapping):
        for key, name in _CAMPAIGN.items():
            value = _fact(campaign.get(key))
            if value and name not in properties:
                properties[name] = value


def _device(context: Mapping[str, Any]) -> str | None:
    """`mobile` or `desktop`, from what the client says of itself; None when it says nothing."""
    data = context.get("userAgentData")
    if isinstance(data, Mapping) and isinstance(data.get("mobile"), bool):
        return "mobile" if data["mobile"] else "desktop"
    device = context.get("device")
    kind = device.get("type") if isinstance(device, Mapping) else None
    if isinstance(kind, str) and kind:
        return "mobile" if kind.lower() in _PHONES else _fact(kind.lower())
    agent = context.get("userAgent")
    if isinstance(agent, str) and agent.startswith("Mozilla/"):
        return "mobile" if "Mobi" in agent or "Android" in agent else "desktop"
    return None


def _fact(value: Any) -> str | None:
    text = text_or_none(value)
    return clean(text, "context") or None if text and len(text) <= LONGEST_FACT else None


def _channel(value: Any) -> str:
    text = text_or_none(value)
    if not text or len(text) > LONGEST_CHANNEL:
        raise RejectedError(f"channel: give a channel's name, as in email, of at most {LONGEST_CHANNEL} characters.")
    return str(clean(text.lower(), "channel"))


def _agrees(value: Any) -> bool:
    states = {"subscribed": True, "unsubscribed": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in states:
        return states[value]
    raise RejectedError("context.consent.channels: say true or false, or subscribed or unsubscribed.")
