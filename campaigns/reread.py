"""A message as its customer reads it, for people of the house: nothing in it counts an opening or a click."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from campaigns.letters import key_of, rendered_for, words_of
from campaigns.models import Message
from campaigns.rendering import Rendered, RenderError

# The pixel of an opening: in our own pages it would count the reader.
PIXEL = re.compile(r"<img[^>]+/m/o/[^>]*>")


@dataclass(frozen=True, slots=True)
class Read:
    """The letter, or why it cannot be shown. `kept` says that this is the very letter that left."""

    rendered: Rendered | None = None
    fault: str = ""
    kept: bool = False


def reread(message: Message, *, now: datetime) -> Read:
    """The letter from the outbox where it lies there; else the approved words with what is known of the customer now."""
    kept = _from_outbox(message)
    if kept is not None:
        return Read(kept, kept=True)
    words = words_of(message)
    if words is None:
        return Read(fault="The words of this message are not kept: its customer was merged with another.")
    try:
        return Read(rendered_for(message, words, now=message.sent_at or now))
    except RenderError as error:
        return Read(fault=str(error))


def _from_outbox(message: Message) -> Rendered | None:
    path = Path(settings.OUTBOX) / f"{key_of(message)}.eml"
    if message.channel != "email" or settings.EMAIL_URL or not path.is_file():
        return None
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    html = letter.get_body(("html",)) if isinstance(letter, EmailMessage) else None
    if html is None:
        return None
    return Rendered(subject=str(letter["Subject"]), html=PIXEL.sub("", html.get_content()))
