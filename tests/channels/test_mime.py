"""A letter's bytes say what was meant to any mail program, and nothing in it can begin a header of its own."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.channels import Letter
from campaigns.channels.email import Server, server_of
from campaigns.channels.mime import message_bytes

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
lines = st.lists(words, max_size=20).map("\n".join)


def read(**parts: Any) -> EmailMessage:
    letter = Letter(**{"key": "5.abc", "recipient": "ada@shop.example", "text": "Hello\n", "at": AT, **parts})
    raw = message_bytes(letter, sender="Łukasz's Shop <hello@shop.example>", domain="shop.example")
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") and max(map(len, raw.split(b"\r\n"))) < 998
    found = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage) and not found.defects
    return found


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@settings(deadline=None, derandomize=True)
@given(subject=words, text=lines, html=lines)
def test_what_goes_in_comes_out(subject: str, text: str, html: str) -> None:
    html = f"<p>{html}</p>"
    found = read(subject=subject, text=text, html=html, unsubscribe_url="https://shop.example/m/u/" + "t" * 43)
    assert " ".join(str(found["Subject"]).split()) == " ".join(subject.split())
    assert text_of(found, "plain").rstrip("\n") == text.rstrip("\n")
    assert text_of(found, "html").rstrip("\n") == html
    assert found["List-Unsubscribe"] == "<https://shop.example/m/u/" + "t" * 43 + ">"
    assert (found["Message-ID"], found["To"]) == ("<5.abc@shop.example>", "ada@shop.example")
    assert found["From"] == "Łukasz's Shop <hello@shop.example>"
    assert set(found.keys()) <= {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Unsubscribe",
                                 "List-Unsubscribe-Post", "Content-Type"}  # fmt: skip


@settings(deadline=None, derandomize=True)
@given(subject=st.text(st.sampled_from("ab\r\n\t: \x00Bcc"), max_size=60))
def test_no_subject_begins_a_header(subject: str) -> None:
    found = read(subject=f"{subject}\r\nBcc: eve@evil.example")
    assert "Bcc" not in found and found.get_content_type() == "text/plain"


def test_the_address_of_a_server_says_how_it_is_reached() -> None:
    assert server_of("smtp://mail.example") == Server("mail.example", 25)
    assert server_of("smtp://u%40x:p%2Fw@mail.example:2525?tls=starttls") == Server(
        "mail.example", 2525, "starttls", "u@x", "p/w"
    )
    assert server_of("smtp+tls://mail.example") == Server("mail.example", 587, "starttls")
    assert server_of("smtps://mail.example?verify=0") == Server("mail.example", 465, "tls", verify=False)
