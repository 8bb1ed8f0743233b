"""A claimed message as the letter that leaves: its approved words, its counted links, the way out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns import links
from campaigns.channels import Letter
from campaigns.claims import recipient_of
from campaigns.models import Message
from campaigns.plain_text import text_of
from campaigns.queries.flows import templates_of
from campaigns.rendering import Rendered, RenderError, Words, render


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, and where its counted links lead, in order."""

    letter: Letter
    links: list[str]


def write(message: Message, *, now: datetime) -> Written:
    """The letter of a message, in the words that were approved. Raises RenderError."""
    words = words_of(message)
    if words is None:
        raise RenderError("the approved words are missing", part=message.template, line=None)
    rendered = rendered_for(message, words, now=now)
    html, urls = links.tracked(rendered.html, token=message.token) if rendered.html else ("", [])
    recipient = recipient_of(message.customer, message.channel) or ""
    letter = Letter(
        key=key_of(message),
        recipient=recipient,
        subject=rendered.subject,
        html=html,
        text=text_of(html) if html else rendered.plain,
        at=now,
        unsubscribe_url=links.unsubscribe_url(message.token) if message.channel == "email" else "",
    )
    return Written(letter, urls)


def rendered_for(message: Message, words: Words, *, now: datetime) -> Rendered:
    """The words of a message for its customer, before links are counted."""
    extra: dict[str, Any] = {"unsubscribe_url": links.unsubscribe_url(message.token)}
    if message.journey:
        extra["journey"] = {"name": message.journey.name, "slug": message.journey.slug}
    return render(words, customer=message.customer, extra=extra, now=now)


def words_of(message: Message) -> Words | None:
    """The words of a message as they were approved."""
    if message.enrolment is None:
        return None
    kept: Mapping[str, Any] | None = templates_of(message.enrolment.version_id).get(message.template)
    return Words.of(kept) if kept else None


def key_of(message: Message) -> str:
    """The id of a message outside: the same at every try, and of no use for guessing its token."""
    return f"{message.pk}.{hashlib.sha256(message.token.encode()).hexdigest()[:16]}"
