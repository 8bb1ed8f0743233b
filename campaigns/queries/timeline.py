"""Everything that happened to one customer in one line of time: events, memberships, messages, consents, edits, merges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from campaigns.models import Message
from customers.models import AuditEntry, ConsentChange, Event, Merge
from customers.queries.cursors import read_cursor, write_cursor
from segmentation.models import MembershipChange

PAGE = 60
# At one instant the effect stands above its cause: a message over the entry that planned it, over the event.
KINDS = ("event", "merge", "edit", "consent", "change", "message")
VIEWS = {
    "all": KINDS,
    "events": ("event",),
    "segments": ("change",),
    "messages": ("message", "consent"),
    "profile": ("merge", "edit", "consent"),
}


@dataclass(frozen=True)
class Entry:
    """One line: what kind of thing, when, and its row."""

    kind: str
    at: datetime
    row: Any

    @property
    def key(self) -> tuple[datetime, int, int]:
        """What orders the lines."""
        return self.at, KINDS.index(self.kind), self.row.pk


@dataclass(frozen=True)
class Timeline:
    """One page of lines, the latest first; the cursor of the page after it; a mark that changes with any line."""

    entries: Sequence[Entry]
    next: str
    mark: str


def timeline(customer_id: int, *, view: str = "all", cursor: str = "") -> Timeline:
    """The lines before a cursor, or the latest. A broken cursor gives the latest."""
    key, _ = read_cursor(cursor, 3)
    before = (datetime.fromisoformat(key[0]), key[1], key[2]) if key and key[0] else None
    found: list[Entry] = []
    for kind in VIEWS.get(view, KINDS):
        time, rows = _rows(kind, customer_id)
        if before:
            rows = rows.filter(_before(time, KINDS.index(kind), before))
        found += [Entry(kind, getattr(row, time), row) for row in rows.order_by(f"-{time}", "-pk")[: PAGE + 1]]
    found.sort(key=lambda entry: entry.key, reverse=True)
    entries, more = found[:PAGE], len(found) > PAGE
    last = entries[-1].key if more else None
    following = write_cursor([last[0].isoformat(), last[1], last[2]], backwards=False) if last else ""
    return Timeline(entries=entries, next=following, mark=_mark(entries))


def _rows(kind: str, customer_id: int) -> tuple[str, QuerySet[Any]]:
    """The rows of a kind, and the field with their instant."""
    if kind == "event":
        return "time", Event.objects.filter(customer_id=customer_id, line__isnull=True).select_related("name", "source")
    if kind == "change":
        changes = MembershipChange.objects.filter(customer_id=customer_id)
        return "at", changes.select_related("segment", "suppressed_by")
    if kind == "message":
        messages = Message.objects.filter(customer_id=customer_id).select_related("journey")
        return "happened_at", messages.annotate(happened_at=Coalesce("sent_at", "planned_at"))
    if kind == "edit":
        return "at", AuditEntry.objects.filter(object_type="customer", object_id=str(customer_id))
    if kind == "merge":
        return "at", Merge.objects.filter(kept_id=customer_id).defer("moved")
    return "at", ConsentChange.objects.filter(customer_id=customer_id)


def _before(time: str, rank: int, key: tuple[datetime, int, int]) -> Q:
    at, key_rank, number = key
    if rank < key_rank:
        return Q(**{f"{time}__lte": at})
    earlier = Q(**{f"{time}__lt": at})
    return earlier | Q(**{time: at, "pk__lt": number}) if rank == key_rank else earlier


def _mark(entries: Iterable[Entry]) -> str:
    text = "|".join(f"{entry.kind}{entry.row.pk}{getattr(entry.row, 'state', '')}" for entry in entries)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
