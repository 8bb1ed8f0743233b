"""What brought a customer up for a look, and which live segments that concerns.

A dirty customer keeps the first cause of each thing that changed, under the key of that thing. The keys are those of
`SegmentDependency`, plus `clock:SLUG` and `look:SLUG` for an edge of one segment and `everything` for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from segmentation.portfolio import Book

EVERYTHING = "everything"
# The id of the cause of a look that a minimum stay, a grace or a pause made due.
HYSTERESIS = "hysteresis"
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
    asked: Asked = {}
    for customer, kept in causes.items():
        # The best cause is taken last: one of a thing that the rule reads before `everything`, the latest of several, and
        # before them all the end of a wait: whoever waits would have moved already.
        ordered = sorted(kept.items(), key=_goodness)
        for key, stored in ordered:
            if segments := concerned(key, book):
                _ask(asked, segments, customer, Cause.read(stored))
    return asked


def _goodness(line: tuple[str, Mapping[str, Any]]) -> tuple[bool, bool, str]:
    key, stored = line
    return key.startswith("look:"), key != EVERYTHING, str(stored.get("at") or "")


def _ask(asked: Asked, segments: Iterable[int], customer: int, cause: Cause) -> None:
    for segment in segments:
        asked.setdefault(segment, {})[customer] = cause


def concerned(key: str, book: Book) -> Collection[int]:
    """The segments to ask when the thing under `key` changed."""
    if key == EVERYTHING:
        return book.evaluable
    kind, _, name = key.partition(":")
    if kind in ("clock", "look"):
        standing = book.by_slug.get(name)
        return [standing.id] if standing and standing.evaluable else ()
    reading = book.reading.get(key, ())
    if kind == "event" and key not in DERIVED_EVENTS:
        return {*reading, *book.reading.get(ANY_EVENT, ())}
    return reading
