"""What a finding is: a small class knows one mistake of segmentation, its number, its sentence and the place that mends it.

A kind is cheap (asked whenever somebody looks, so that what is mended is gone at once) or costly (asked by the clock and
by "Look again", and kept as rows of `Finding` with their instant).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.base import base_size
from segmentation.queries.listing import Size, sizes_of

# What is archived is over, and a draft speaks to nobody yet.
LOOKED_AT = (Status.LIVE, Status.PAUSED)


class Severity(StrEnum):
    """How bad it is: members or messages are wrong; it costs something; it could be better."""

    GRAVE = "grave"
    WARNING = "warning"
    HINT = "hint"


# The order in which they are told.
SEVERITIES = (Severity.GRAVE, Severity.WARNING, Severity.HINT)


@dataclass(frozen=True)
class Fix:
    """The button of a finding: what it says, and the path of the place that mends it."""

    label: str
    address: str


@dataclass(frozen=True)
class Found:
    """One thing that is wrong or missing. `segment` is None where it is about the whole portfolio; `other` is the second
    segment of a finding about two; `number` is the number in the sentence that says how bad it is."""

    segment: Segment | None
    number: float
    says: str
    fix: Fix
    other: Segment | None = None


class Look:
    """What several kinds read, once: the live and paused segments, or those of them in `only` (by id)."""

    def __init__(self, *, now: datetime, only: Collection[int] | None = None) -> None:
        self.now = now
        self.only = only

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments looked at, in the order of ranks; with owner and live version."""
        rows = Segment.objects.filter(status__in=LOOKED_AT).select_related("owner", "live_version")
        rows = rows.filter(pk__in=self.only) if self.only is not None else rows
        return list(rows.defer("rule").order_by("rank", "pk"))

    @cached_property
    def live(self) -> list[Segment]:
        """Those of them that are live."""
        return [one for one in self.segments if one.status == Status.LIVE]

    @cached_property
    def sizes(self) -> Mapping[int, Size]:
        """Their sizes, by id; without members, absent or 0."""
        return sizes_of([one.pk for one in self.segments])

    def size(self, segment: Segment) -> int:
        """How many are in a segment, active or suppressed."""
        return self.sizes.get(segment.pk, Size()).all

    @cached_property
    def base(self) -> int:
        """Every customer."""
        return base_size()


class FindingKind(ABC):
    """One mistake. `code` never changes: rows, dismissals and addresses name it."""

    code: ClassVar[str]
    severity: ClassVar[Severity]
    title: ClassVar[str]  # what the list of findings calls it, as "No goal"
    why: ClassVar[str]  # one sentence: why it matters
    costly: ClassVar[bool] = False
    # About the whole portfolio rather than one segment: not asked when only some segments are looked at.
    portfolio: ClassVar[bool] = False

    @abstractmethod
    def found(self, look: Look) -> Iterator[Found]:
        """Every case of it, one a segment (or a pair)."""


def at(segment: Segment, place: str = "") -> str:
    """The path of a page of a segment, as `at(vip, "rule")`."""
    return f"/segments/{segment.slug}/{place}/" if place else f"/segments/{segment.slug}/"
