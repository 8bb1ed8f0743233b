"""Stage 7 of 8: send.

Takes: planned messages that are due, of live journeys.
Leaves: each handed over, withheld with the reason, failed, planned again, or unknown.
Safe to repeat because: a message is claimed before it leaves, and only what surely was not handed over is tried again.
Next: measure.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from campaigns.channels import AwayError, LaterError, RefusedError, Sender, UnsureError, opener_of
from campaigns.claims import Claim, Result, claim, expire, record
from campaigns.letters import Written, write
from campaigns.models import Message, TrackedLink
from campaigns.rendering import RenderError

logger = logging.getLogger(__name__)

State = Message.State
CLAIMED_FOR = timedelta(minutes=3)
# What is not handed over after this long goes back, well before the claim runs out.
LONGEST = timedelta(minutes=1)
RECORDED_AT_ONCE = 10
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)

Later = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round did. `taken` messages were claimed; `withheld` and `unknown` ones were settled without a call."""

    taken: int = 0
    sent: int = 0
    withheld: int = 0
    unknown: int = 0


def send(*, now: datetime, limit: int = 100) -> Sent:
    """Send up to `limit` due messages; call again while it takes or withholds any."""
    late = expire(now=now)
    held = claim(now=now, until=now + CLAIMED_FOR, limit=limit)
    book = _Book(held, _running_from(now))
    try:
        written = _write(held.messages, book, now=now)
        for channel, letters in groupby(sorted(written, key=_channel), key=_channel):
            _hand_over(channel, list(letters), book)
    finally:
        book.write()
    return Sent(taken=len(held.messages), sent=book.sent, withheld=held.withheld, unknown=late)


class _Book:
    """Records results in small groups: one transaction for ten, and at most ten to doubt if the process dies."""

    def __init__(self, held: Claim, later: Later) -> None:
        self.held, self.later = held, later
        self.results: list[Result] = []
        self.sent = 0

    def note(self, result: Result) -> None:
        self.results.append(result)
        self.sent += result.state == State.SENT
        if len(self.results) >= RECORDED_AT_ONCE:
            self.write()

    def put_back(self, message: Message, said: str, *, pause: bool = True) -> None:
        """A message that surely was not handed over: planned again after a pause, failed after the last one."""
        tries, now = message.attempts + 1, self.later()
        if pause and tries > len(PAUSES):
            self.note(Result(message.pk, State.FAILED, f"given up after {tries} tries: {said}"[:500]))
            return
        due_at = now + PAUSES[tries - 1] if pause else now
        self.note(Result(message.pk, State.PLANNED, said[:500], due_at=due_at))

    def write(self) -> None:
        results, self.results = self.results, []
        record(claim=self.held, results=results, now=self.later())


def _channel(pair: tuple[Message, Written]) -> str:
    return pair[0].channel


def _write(messages: Iterable[Message], book: _Book, *, now: datetime) -> list[tuple[Message, Written]]:
    """The letters of a batch, their links kept before they leave; what cannot be written has failed."""
    written: list[tuple[Message, Written]] = []
    for message in messages:
        try:
            written.append((message, write(message, now=now)))
        except RenderError as error:
            book.note(Result(message.pk, State.FAILED, f"the words cannot be rendered: {error}"[:500]))
    links = [
        TrackedLink(message=message, position=position, url=url)
        for message, letter in written
        for position, url in enumerate(letter.links)
    ]
    again = [message.pk for message, _ in written if message.attempts]
    with transaction.atomic():
        if again:
            TrackedLink.objects.filter(message__in=again).delete()
        if links:
            TrackedLink.objects.bulk_create(links)
    return written


def _hand_over(channel: str, letters: list[tuple[Message, Written]], book: _Book) -> None:
    """Hand a channel's letters over through one connection; when the other side is away, the rest waits."""
    waiting = deque(letters)
    stop_at = book.later() + LONGEST
    try:
        with opener_of(channel)() as sender:
            while waiting:
                message, written = waiting[0]
                if book.later() > stop_at:
                    book.put_back(message, "the round took too long", pause=False)
                else:
                    _settle(sender, message, written, book)
                waiting.popleft()
    except AwayError as error:
        for message, _ in waiting:
            book.put_back(message, str(error))


def _settle(sender: Sender, message: Message, written: Written, book: _Book) -> None:
    """Hand one letter over, and note what became of it. Raises AwayError."""
    letter = written.letter
    sent = Result(message.pk, State.SENT, "", letter.recipient, letter.subject)
    try:
        external = sender.hand_over(letter)
    except AwayError:
        raise
    except LaterError as error:
        book.put_back(message, str(error))
    except RefusedError as error:
        book.note(replace(sent, state=State.FAILED, reason=str(error)[:500]))
    except UnsureError as error:
        book.note(replace(sent, state=State.UNKNOWN, reason=str(error)[:500]))
    except Exception as error:
        logger.exception("handing over message %s broke", message.pk)
        book.note(replace(sent, state=State.UNKNOWN, reason=f"broke while handing over: {error}"[:500]))
    else:
        book.note(replace(sent, external_id=external, sent_at=book.later()))


def _running_from(now: datetime) -> Later:
    """A clock that starts at `now` and runs on: a round takes time, and each hand-over has its own instant."""
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)
