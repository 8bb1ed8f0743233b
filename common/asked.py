"""What the text of an address or a form asks for: as text that can be stored; as a number or an instant, None where it is none."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime


def text_in(text: str) -> str:
    """The text without the one character, NUL, that no text in PostgreSQL has."""
    return text.replace("\0", "")


def whole_in(text: str, *, digits: int = 18) -> int | None:
    """A whole number in plain digits, of no more than a key of a row has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def one_of(text: str, choices: Collection[int], usual: int) -> int:
    """The choice that a text names; the usual one for anything else."""
    found = whole_in(text)
    return found if found in choices and found is not None else usual


def instant_in(text: str) -> datetime | None:
    """An ISO 8601 instant, or the midnight of a day; without a zone it is UTC. A plus sign that was not escaped in an
    address arrives as a space."""
    text = text.strip()
    try:
        found = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
    if found is None or not 1900 <= found.year <= 9000:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
