"""A real SMTP server in a thread, with a will of its own: it can refuse, be busy, or hang up at a chosen moment."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

Will = Callable[[str, str], str | None]


class Mailbox:
    """The letters that arrived. `will(step, recipient)` may answer a step (`rcpt`, `data`) with an SMTP reply."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.will: Will = lambda step, recipient: None
        self.connections = 0
        self.url = ""

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.will("rcpt", address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        recipient = envelope.rcpt_tos[0]
        answer = self.will("data", recipient)
        if answer == "hang up":
            self._take(envelope)
            server.transport.abort()
            return "250 nobody hears this"
        if answer is None:
            self._take(envelope)
        return answer or "250 taken"

    def _take(self, envelope: Any) -> None:
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.letters.append(found)
        self.recipients.append(envelope.rcpt_tos[0])


class _AnyPort(Controller):
    """A server on a free port; it may take its time on a busy machine."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """An open mailbox; `url` is its EMAIL_URL."""
    box = Mailbox()
    controller = _AnyPort(box, hostname="127.0.0.1", port=0, ready_timeout=60)
    controller.start()
    try:
        box.url = f"smtp://127.0.0.1:{controller.port}?from=Shop+<hello@shop.example>"
        yield box
    finally:
        controller.stop()


@contextmanager
def nobody() -> Iterator[str]:
    """The EMAIL_URL of a port that is taken and on which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"smtp://127.0.0.1:{taken.getsockname()[1]}"
