"""What the outbox keeps of a customer: the letters written to them, for exporting them and for erasing them with the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from campaigns.letters import key_of
from campaigns.models import Message, Response, TrackedLink
from customers.models import Customer

KINDS = (".eml", ".txt")


def files_of(customer: Customer) -> Iterator[tuple[Message, Path]]:
    """The files that lie in the outbox for a customer, each with its message."""
    for message in Message.objects.filter(customer=customer).order_by("pk"):
        for kind in KINDS:
            path = Path(settings.OUTBOX) / f"{key_of(message)}{kind}"
            if path.is_file():
                yield message, path


def letters_as_json(customer: Customer) -> list[dict[str, Any]]:
    """The letters as they lie in the outbox."""
    return [
        {"message_id": message.pk, "file": path.name, "content": path.read_bytes().decode(errors="replace")}
        for message, path in files_of(customer)
    ]


def responses_as_json(customer: Customer) -> list[dict[str, Any]]:
    """What the customer did with each message, and where its counted links lead."""
    responses = Response.objects.filter(message__customer=customer).order_by("pk")
    links = TrackedLink.objects.filter(message__customer=customer).order_by("pk")
    said: list[dict[str, Any]] = [
        {"message_id": row.message_id, "kind": row.kind, "first_at": row.first_at, "count": row.count}
        for row in responses
    ]
    return said + [{"message_id": row.message_id, "position": row.position, "url": row.url} for row in links]


def letters_cleared(customer: Customer) -> Callable[[], None]:
    """What removes the letters of a customer from the outbox; it knows them after their rows are gone."""
    return partial(_remove, [path for _, path in files_of(customer)])


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
