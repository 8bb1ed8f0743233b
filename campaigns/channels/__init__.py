"""How a message leaves the house: one adapter a channel, and what each may answer.

An adapter is opened once for a batch. It says exactly one of three things about a message: it was handed over (an id),
it surely was not (RefusedError for good, LaterError or AwayError for now), or nobody can know (UnsureError). Only what surely was not
handed over may be tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, ready to leave at `at`. `key` is the same at every try, for receivers that can tell a repetition."""

    key: str
    recipient: str
    text: str
    at: datetime
    subject: str = ""
    html: str = ""
    unsubscribe_url: str = ""


class RefusedError(Exception):
    """Surely not handed over, and trying again would change nothing: an address that does not exist."""


class LaterError(Exception):
    """Surely not handed over; the other side was busy or away, so it may be tried again."""


class AwayError(LaterError):
    """The other side cannot be reached at all: the rest of the batch waits too."""


class UnsureError(Exception):
    """The connection broke where the other side may already have taken it. Never tried again blindly."""


class Sender(Protocol):
    """An open way out."""

    def hand_over(self, letter: Letter) -> str:
        """Give one letter away and return the id it is known by outside."""


Opener = Callable[[], AbstractContextManager[Sender]]


def opener_of(channel: str) -> Opener:
    """How a channel is opened. Opening raises AwayError when the other side cannot be reached."""
    from campaigns.channels import email, sms

    return {"email": email.opened, "sms": sms.opened}[channel]
