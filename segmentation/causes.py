"""What brought a customer up for a look, and which live segments that concerns.

A dirty customer keeps the first cause of each thing that changed, under the key of that thing. The keys are those of
`SegmentDependency`, plus `clock:SLUG` and `look:SLUG` for an edge of one segment and `everything` for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from segmentation.models import SegmentDependency
from segmentation.portfolio import Book

EVERYTHING = "everything"
ANY_EVENT = "event:*"
# Lines of an order are derived, not received: a rule over any event does not count them.
DERIVED_EVENTS = frozenset({"event:Product Ordered"})


@dataclass(frozen=True)
class Cause:
    """Why a membership changed: `kind` is one of event, clock, attribute, consent, merge, import, rule, governance,
    manual and score; `id` names the event, edge, version or setting; `at` is when it happened."""

    kind: str
    id: str = ""
    detail: str = ""
    at: datetime | None = None

    def stored(self) -> dict[str, str]:
        """As a dirty customer keeps it."""
        return {"kind": self.kind, "id": self.id, "detail": self.detail, "at": self.at.isoformat() if self.at else ""}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Cause:
        at = stored.get("at")
        return cls(
            kind=str(stored.get("kind", "")),
            id=str(stored.get("id") or ""),
            detail=str(stored.get("detail") or ""),
            at=datetime.fromisoformat(at) if at else None,
        )


# By segment and customer: why the customer is looked at for this segment.
Asked: TypeAlias = dict[int, dict[int, Cause]]


def asked_by(*, causes: Mapping[int, Mapping[str, Any]], book: Book) -> Asked:
    """Which live segments have to be asked about which customers, from the causes that dirty customers hold."""
    keys = {key for kept in causes.values() for key in kept}
    concerned = _Concerned(book, keys)
    asked: Asked = {}
    for customer, kept in causes.items():
        # The best cause is taken last: one of a thing that the rule reads before `everything`, the latest of several.
        ordered = sorted(kept.items(), key=lambda line: (line[0] != EVERYTHING, str(line[1].get("at") or "")))
        for key, stored in ordered:
            _ask(asked, concerned.by(key), customer, Cause.read(stored))
    return asked


def _ask(asked: Asked, segments: Iterable[int], customer: int, cause: Cause) -> None:
    for segment in segments:
        asked.setdefault(segment, {})[customer] = cause


class _Concerned:
    """The live segments that read a thing, looked up once for a batch."""

    def __init__(self, book: Book, keys: Iterable[str]) -> None:
        self._all = book.evaluable()
        self._slugs = {standing.slug: standing.id for standing in book.segments.values() if standing.evaluable}
        wanted = {*keys, ANY_EVENT}
        self._reading: dict[str, list[int]] = {}
        evaluable = set(self._all)
        for segment, key in SegmentDependency.objects.filter(key__in=wanted).values_list("segment_id", "key"):
            if segment in evaluable:
                self._reading.setdefault(key, []).append(segment)

    def by(self, key: str) -> list[int]:
        """The segments to ask when the thing under `key` changed."""
        if key == EVERYTHING:
            return self._all
        kind, _, name = key.partition(":")
        if kind in ("clock", "look"):
            return [self._slugs[name]] if name in self._slugs else []
        reading = self._reading.get(key, [])
        if kind == "event" and key not in DERIVED_EVENTS:
            return list({*reading, *self._reading.get(ANY_EVENT, [])})
        return reading
