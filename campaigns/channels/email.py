"""E-mail: through an SMTP server (`EMAIL_URL`), or as `.eml` files in the outbox where none is set.

`smtp://user:password@host:port` (`?tls=starttls`, or `smtp+tls://`, upgrades the connection first), `smtps://…` is TLS from
the start; `?from=Shop <shop@example.com>` names the sender. One connection carries a whole batch.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from campaigns.channels import AwayError, LaterError, Letter, RefusedError, Sender, UnsureError
from campaigns.channels.mime import message_bytes

SECONDS = 20
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
WORKS = re.compile(r"[^\s\x00-\x20\x7f@<>()\[\]\\,;:\"]+@[^\s\x00-\x20\x7f@<>()\[\]\\,;:\"]+")


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed over, from `EMAIL_URL`."""

    host: str
    port: int
    tls: str = ""
    user: str = ""
    password: str = ""
    verify: bool = True


def server_of(url: str) -> Server:
    """The server that an address names. Raises ValueError for an address that is none."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("EMAIL_URL is not understood: write smtp://user:password@host:port or smtps://…")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    wanted = options.get("tls", "").lower()
    tls = "tls" if parts.scheme == "smtps" or wanted == "tls" else ""
    if not tls and (parts.scheme == "smtp+tls" or wanted in {"starttls", "1", "true", "yes", "on"}):
        tls = "starttls"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    verify = options.get("verify", "1").lower() not in {"0", "false", "no", "off"}
    return Server(parts.hostname, parts.port or PORTS[parts.scheme], tls, user, password, verify)


def sender_address() -> str:
    """The From of every letter: `?from=` of EMAIL_URL, else hello@ the installation's host."""
    given = parse_qs(urlsplit(settings.EMAIL_URL).query).get("from", [""])[-1]
    return given or f"Tideline <hello@{_domain()}>"


def address_works(address: str | None) -> bool:
    """Whether a text can be an e-mail address at all."""
    return bool(address) and len(str(address)) <= 254 and bool(WORKS.fullmatch(str(address)))


def written(letter: Letter) -> bytes:
    """The letter as it goes over the wire."""
    return message_bytes(letter, sender=sender_address(), domain=_domain())


@contextmanager
def opened() -> Iterator[Sender]:
    """The way out that EMAIL_URL names, for a batch."""
    if not settings.EMAIL_URL:
        yield Outbox(Path(settings.OUTBOX))
        return
    sender = Smtp(server_of(settings.EMAIL_URL))
    sender.connect()
    try:
        yield sender
    finally:
        sender.close()


class Outbox:
    """A folder in which each letter becomes a file, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hand_over(self, letter: Letter) -> str:
        path = self.folder / f"{letter.key}.eml"
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(written(letter))
            draft.replace(path)
        except OSError as error:
            raise AwayError(f"The outbox cannot be written: {error.strerror or error}") from error
        return path.name


class Smtp:
    """An open connection to an SMTP server; opened again when the server closed it between two letters."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connection: smtplib.SMTP | None = None

    def connect(self) -> smtplib.SMTP:
        """Connect, upgrade and log in. Whatever goes wrong here, nothing was handed over."""
        server = self.server
        try:
            context = _context(server)
            if server.tls == "tls":
                self.connection = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
            else:
                self.connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
            if server.tls == "starttls":
                self.connection.starttls(context=context)
            if server.user:
                self.connection.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise AwayError(f"{server.host}:{server.port} cannot be used: {_said(error)}") from error
        return self.connection

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def hand_over(self, letter: Letter) -> str:
        content = written(letter)
        connection = self.connection or self.connect()
        try:
            self._envelope(connection, letter)
        except smtplib.SMTPServerDisconnected:
            # Closed while idle, before this letter: nothing of it was taken.
            self.close()
            connection = self.connect()
            self._envelope(connection, letter, again=True)
        code, answer = self._data(connection, content)
        if code == 250:
            return f"{letter.key} {answer.decode(errors='replace')}"[:200]
        self._abandon(connection)
        raise _not_taken(code, answer)

    def _envelope(self, connection: smtplib.SMTP, letter: Letter, *, again: bool = False) -> None:
        """Name the sender and the recipient; before DATA nothing can have been taken."""
        options = ["SMTPUTF8"] if not letter.recipient.isascii() else []
        try:
            connection.ehlo_or_helo_if_needed()
            code, answer = connection.mail(parseaddr(sender_address())[1], options)
            if code == 250:
                code, answer = connection.rcpt(letter.recipient)
        except smtplib.SMTPServerDisconnected as error:
            if not again:
                raise
            self.close()
            raise LaterError(_said(error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError(_said(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise LaterError(_said(error)) from error
        if code not in (250, 251):
            self._abandon(connection)
            raise _not_taken(code, answer)

    def _data(self, connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        """Give the letter away. Once its end may have left, a broken connection says nothing about it."""
        try:
            return connection.data(content)
        except smtplib.SMTPDataError as error:
            # The server refused the word DATA itself: the letter was never sent.
            self._abandon(connection)
            return error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise UnsureError(f"The connection broke while the letter was handed over: {_said(error)}") from error

    def _abandon(self, connection: smtplib.SMTP) -> None:
        """Make the connection ready for the next letter after a refusal."""
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def _not_taken(code: int, answer: bytes) -> Exception:
    said = f"{code} {answer.decode(errors='replace')}".strip()
    return RefusedError(said) if 500 <= code < 600 else LaterError(said)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        detail: Any = error.smtp_error
        return f"{error.smtp_code} {detail.decode(errors='replace') if isinstance(detail, bytes) else detail}"
    return str(error) or type(error).__name__


def _context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _domain() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"
