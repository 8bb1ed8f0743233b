"""A letter as the bytes of an Internet message (RFC 5322, MIME): text and HTML, with the headers of one-click unsubscribing.

Written out by hand: the standard library's own message takes ten times as long to build, and a batch has thousands.
"""

from __future__ import annotations

import hashlib
import re
from binascii import b2a_qp
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

from campaigns.channels import Letter

CRLF = "\r\n"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def message_bytes(letter: Letter, *, sender: str, domain: str) -> bytes:
    """The whole message. Its Message-ID is the same at every try; a recipient outside ASCII makes it SMTPUTF8."""
    name, address = parseaddr(sender)
    headers = [
        ("From", formataddr((name, address), "utf-8")),
        ("To", letter.recipient),
        ("Subject", _encoded(letter.subject)),
        ("Date", format_datetime(letter.at)),
        ("Message-ID", f"<{letter.key}@{domain}>"),
        ("MIME-Version", "1.0"),
    ]
    if letter.unsubscribe_url:
        headers.append(("List-Unsubscribe", f"<{letter.unsubscribe_url}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    head = "".join(f"{name}: {_safe(value)}{CRLF}" for name, value in headers).encode()
    if not letter.html:
        return head + _part(letter.text, "plain")
    border = hashlib.sha256(letter.key.encode()).hexdigest()[:32]
    opening = f'Content-Type: multipart/alternative; boundary="={border}"{CRLF * 2}'.encode()
    line = f"--={border}".encode()
    parts = [line + b"\r\n" + _part(text, kind) for text, kind in ((letter.text, "plain"), (letter.html, "html"))]
    return head + opening + b"\r\n".join([*parts, line + b"--\r\n"])


def _part(text: str, kind: str) -> bytes:
    """One text as a MIME part: quoted-printable, so that it reads as text and no line is too long."""
    lines = CRLF.join(text.replace(CRLF, "\n").replace("\r", "\n").split("\n"))
    body = b2a_qp((lines if lines.endswith(CRLF) else lines + CRLF).encode(), istext=True)
    head = f"Content-Type: text/{kind}; charset=utf-8{CRLF}Content-Transfer-Encoding: quoted-printable{CRLF * 2}"
    return head.encode() + body


def _encoded(text: str) -> str:
    """A header's words: as they are in ASCII, as encoded words otherwise."""
    plain = CONTROL.sub(" ", text)
    return plain if plain.isascii() and len(plain) < 900 else Header(plain, "utf-8").encode(linesep=CRLF)


def _safe(value: str) -> str:
    """A header's value in which no line begins that is not a folded one."""
    return value.replace(CRLF + " ", "\0").replace("\r", "").replace("\n", "").replace("\0", CRLF + " ")
