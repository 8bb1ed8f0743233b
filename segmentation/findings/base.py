"""What a finding is: a small class knows one mistake of segmentation, its number, its sentence and the place that mends it.

A kind is cheap (asked whenever somebody looks, so that what is mended is gone at once) or costly (asked by the clock and
by "Look again", and kept as rows of `Finding` with their instant).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from django.db.models import Min

from segmentation.jobs import OPEN
from segmentation.models import Job, Segment, SegmentVersion
from segmentation.models.segment import Status
from segmentation.queries.base import base_size
from segmentation.queries.listing import Size, sizes_of
from segmentation.queries.live_rules import live_rules
from segmentation.rules.nodes import Rule

# What is archived is over, and a draft speaks to nobody yet.
LOOKED_AT = (Status.LIVE, Status.PAUSED)
# Between so many and so many live segments a portfolio says something and can still be looked after.
FEWEST, MOST = 10, 40
A_MONTH = timedelta(days=30)


class Severity(StrEnum):
    """How bad it is: members or messages are wrong; it costs something; it could be better."""

    GRAVE = "grave"
    WARNING = "warning"
    HINT = "hint"


# The order in which they are told.
SEVERITIES = (Severity.GRAVE, Severity.WARNING, Severity.HINT)


EDITING = ("/rule/", "/settings/", "/members/add/", "/journeys/new/", "/edit/", "/merge/", "/split/", "/new-segment/")


@dataclass(frozen=True)
class Fix:
    """The button of a finding: what it says, and the path of the place that mends it."""

    label: str
    address: str

    @property
    def edits(self) -> bool:
        """Whether that place is of use only to those who may edit: whoever may only read is not sent there."""
        return any(place in self.address for place in EDITING)


@dataclass(frozen=True)
class Found:
    """One thing that is wrong or missing. `segment` is None where it is about the whole portfolio; `other` is the second
    segment of a finding about two; `number` is the number in the sentence that says how bad it is."""

    segment: Segment | None
    number: float
    says: str
    fix: Fix
    other: Segment | None = None

    @property
    def about(self) -> list[Segment]:
        """The one or two segments; none for the whole portfolio."""
        return [one for one in (self.segment, self.other) if one is not None]


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
    def filling(self) -> frozenset[int]:
        """Those whose membership is being rebuilt, by id: nothing can be said of their size yet."""
        return frozenset(Job.objects.filter(kind="rebuild", state__in=OPEN).values_list("segment_id", flat=True))

    @cached_property
    def rules(self) -> Mapping[int, Rule]:
        """The rules of the live ones that can be evaluated, by id."""
        return {pk: one.rule for pk, one in live_rules().items()}

    @cached_property
    def grown(self) -> bool:
        """Whether the portfolio as a whole can be judged: ten are live, or the first one went live a month ago."""
        first = SegmentVersion.objects.filter(segment__status=Status.LIVE).aggregate(at=Min("published_at"))["at"]
        return len(self.live) >= FEWEST or (first is not None and first <= self.now - A_MONTH)

    @cached_property
    def base(self) -> int:
        """Every customer."""
        return base_size()


class FindingKind(ABC):
    """One mistake. `code` never changes: rows, dismissals and addresses name it. It is found at most once a segment, or
    once a pair of segments in whichever order."""

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


def counted(number: int, thing: str = "customer") -> str:
    """A number with its thing, as `1 customer`, `2,400 customers`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
