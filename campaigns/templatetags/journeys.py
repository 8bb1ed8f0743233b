"""How journeys and messages look: `{% load journeys %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.journeys.describe import CHANNEL_WORDS
from campaigns.models import Journey, Message
from campaigns.stop import SAID

register = template.Library()

STATUS_TONES = {
    "draft": "tide",
    "in_review": "warn",
    "approved": "violet",
    "live": "live",
    "paused": "warn",
    "ended": "",
}
STATE_TONES = {
    "planned": "tide",
    "sending": "tide",
    "sent": "live",
    "delivered": "live",
    "withheld": "warn",
    "failed": "bad",
    "unknown": "bad",
}
KINDS = {
    "send": ("mail", "Send"),
    "wait": ("clock", "Wait"),
    "branch": ("merge", "Ask"),
    "exit": ("exit", "End"),
}
DECISIONS = {
    "created": ("plus", "", "made it"),
    "edited": ("pen", "", "edited it"),
    "submitted": ("up", "tide", "asked for approval"),
    "approved": ("check", "live", "approved it"),
    "rejected": ("left", "bad", "sent it back"),
    "withdrawn": ("alert", "warn", "changed what had been submitted"),
    "live": ("play", "live", "started it"),
    "paused": ("pause", "warn", "paused it"),
    "resumed": ("play", "live", "resumed it"),
    "ended": ("stop", "", "ended it"),
    "commented": ("person", "", "said"),
}
DOT = SafeString('<span class="dot" aria-hidden="true"></span>')


@register.simple_tag
def journey_tag(journey: Journey) -> SafeString:
    """The status as a small word."""
    dot = DOT if journey.status == "live" else ""
    return format_html(
        '<span class="tag {}">{}{}</span>', STATUS_TONES[journey.status], dot, journey.get_status_display()
    )


@register.simple_tag
def state_tag(message: Message) -> SafeString:
    """The state of a message as a small word."""
    return format_html('<span class="tag {}">{}</span>', STATE_TONES[message.state], message.get_state_display())


@register.filter
def step_icon(kind: str) -> str:
    """The icon of a kind of step."""
    return KINDS.get(kind, ("help", ""))[0]


@register.filter
def step_word(kind: str) -> str:
    """What a kind of step is called."""
    return KINDS.get(kind, ("", "Nothing"))[1]


@register.filter
def channel_word(channel: str) -> str:
    """A channel's message in the middle of a sentence: e-mail, text message."""
    return CHANNEL_WORDS.get(channel, channel)


@register.filter
def lasting(duration: Any) -> str:
    """A duration as written, in words: 2 days, 1 hour."""
    amount, unit = duration.get("amount"), str(duration.get("unit", ""))
    return f"{amount} {unit.removesuffix('s') if amount == 1 else unit}"


@register.filter
def decision(kind: str) -> tuple[str, str, str]:
    """Icon, tone and words of a decision."""
    return DECISIONS.get(kind, ("help", "", kind))


@register.filter
def stopped_because(reason: str) -> str:
    """Why enrolments stopped, in words."""
    return SAID.get(reason, reason)


@register.filter
def person(user: Any) -> str:
    """How somebody is called; the house itself where nobody did it."""
    return "Tideline" if user is None else str(user.get_full_name() or user.get_username())
