"""What is found now: the cheap kinds looked at this moment, the costly ones as the last look left them, and what was
dismissed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from segmentation.findings import kind_of, kinds
from segmentation.findings.base import LOOKED_AT, SEVERITIES, FindingKind, Fix, Found, Look
from segmentation.models import Dismissal, Finding, HealthLook, Segment

# What a finding is known by: its kind, and the one or two segments it is about, in no order.
Key = tuple[str, frozenset[int]]


@dataclass(frozen=True)
class Told:
    """A finding with its kind, the instant it is of, since when it is known (costly kinds), and who dismissed it."""

    kind: type[FindingKind]
    found: Found
    as_of: datetime
    since: datetime | None = None
    dismissal: Dismissal | None = None

    @property
    def key(self) -> Key:
        return key_of(self.kind.code, self.found.segment, self.found.other)


def key_of(code: str, segment: Segment | None, other: Segment | None) -> Key:
    """What tells a finding from all others."""
    return code, frozenset(one.pk for one in (segment, other) if one is not None)


def findings(*, now: datetime, only: Collection[int] | None = None) -> list[Told]:
    """Everything that is found, dismissed or not: the gravest first, then by kind, then by rank. With `only` (ids of
    segments) what is about one of them, and nothing about the portfolio."""
    dismissed = {key_of(one.code, one.segment, one.other): one for one in dismissals(now=now)}
    told = [*_cheap(Look(now=now, only=only)), *_stored(only)]
    ranked = sorted(told, key=_order())
    return [Told(one.kind, one.found, one.as_of, one.since, dismissed.get(one.key)) for one in ranked]


def open_findings(*, now: datetime, only: Collection[int] | None = None) -> list[Told]:
    """The same without what was dismissed."""
    return [one for one in findings(now=now, only=only) if one.dismissal is None]


def dismissals(*, now: datetime) -> Iterable[Dismissal]:
    """Those that stand: each to the end of its day (UTC)."""
    return Dismissal.objects.filter(until__gte=now.date()).select_related("segment", "other", "by")


def last_look() -> HealthLook | None:
    """When the costly kinds were looked for last; None where nobody did yet."""
    return HealthLook.objects.first()


def _cheap(look: Look) -> Iterator[Told]:
    for kind in kinds():
        if not kind.costly and not (kind.portfolio and look.only is not None):
            yield from (Told(kind, found, look.now) for found in kind().found(look))


def _stored(only: Collection[int] | None) -> Iterator[Told]:
    """Rows of kinds there are, about segments in use. A rule published after the look may have mended it: it waits for the
    next one."""
    rows = Finding.objects.select_related("segment__owner", "segment__live_version", "other").defer("segment__rule")
    for row in rows:
        kind, about = kind_of(row.code), [one for one in (row.segment, row.other) if one is not None]
        if kind is None or not kind.costly or any(one.status not in LOOKED_AT for one in about):
            continue
        if only is not None and not any(one.pk in only for one in about):
            continue
        version = row.segment.live_version if row.segment else None
        if version is None or version.published_at <= row.seen_at:
            found = Found(row.segment, row.number, row.says, Fix(row.fix_label, row.fix_address), row.other)
            yield Told(kind, found, row.seen_at, row.first_seen_at)


def _order() -> Callable[[Told], tuple[int, int, int, int]]:
    """By severity, kind, rank of the segment; what is about the portfolio before what is about one of its segments."""
    places = {kind: place for place, kind in enumerate(kinds())}
    return lambda one: (
        SEVERITIES.index(one.kind.severity),
        places[one.kind],
        one.found.segment.rank or 0 if one.found.segment else -1,
        one.found.segment.pk if one.found.segment else 0,
    )
