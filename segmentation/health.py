"""What is wrong or missing with one segment: findings, each with the number behind it and the place that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from segmentation.lifecycle import users_of
from segmentation.models import AuditRun, Segment
from segmentation.models.segment import Status
from segmentation.queries.base import BROAD, base_size
from segmentation.queries.cards import lacking_words
from segmentation.queries.kpis import Measured
from segmentation.queries.listing import Size
from segmentation.queries.stability import BOUNCES, bouncers_of


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `place` is the page of the segment that mends it; `grave` where members are wrong."""

    code: str
    says: str
    place: str
    button: str
    grave: bool = False


def findings_of(*, segment: Segment, size: Size, kpi: Measured | None, now: datetime) -> list[Finding]:
    """The findings of one segment, the gravest first."""
    found = [*_wrong(segment), *_of_the_card(segment, kpi, now)]
    if segment.status == Status.LIVE:
        found += [*_of_its_size(size), *_restless(segment, now), *_unused(segment)]
    return sorted(found, key=lambda one: not one.grave)


def _wrong(segment: Segment) -> Iterator[Finding]:
    if segment.error:
        yield Finding("error", f"Its rule cannot be evaluated: {segment.error}", "builder", "Edit the rule", True)
    audit = AuditRun.objects.filter(segment=segment).order_by("-at").first()
    if audit and audit.wrong:
        says = f"The last audit found {audit.wrong:,} wrong of {audit.checked:,} memberships."
        yield Finding("false_members", says, "changes", "Read the changes", True)


def _of_the_card(segment: Segment, kpi: Measured | None, now: datetime) -> Iterator[Finding]:
    lacking = lacking_words(segment)
    if lacking:
        yield Finding("card", f"The card has no {lacking}.", "settings", "Fill in the card")
    if segment.review_on and segment.review_on < now.date():
        days = (now.date() - segment.review_on).days
        says = f"Its review was due {days:,} day{'s' if days > 1 else ''} ago."
        yield Finding("review_overdue", says, "settings", "Set the next review")
    if segment.kpi and kpi is None:
        says = f"No value can be computed for the KPI “{segment.kpi}”."
        yield Finding("kpi_not_measured", says, "settings", "Choose one that can")


def _of_its_size(size: Size) -> Iterator[Finding]:
    base = base_size()
    if not size.all:
        yield Finding("empty", "Nobody is in it.", "builder", "Look at the rule")
    elif base and size.all >= BROAD * base:
        says = f"{size.all / base:.0%} of all customers are in it: a message to everybody is no segment."
        yield Finding("too_broad", says, "builder", "Narrow the rule")


def _restless(segment: Segment, now: datetime) -> Iterator[Finding]:
    bouncers = bouncers_of([segment.pk], until=now).get(segment.pk, 0)
    if bouncers:
        who = "1 customer" if bouncers == 1 else f"{bouncers:,} customers"
        says = f"{who} entered {BOUNCES} times or more in 30 days. An exit grace would calm that."
        yield Finding("restless", says, "settings", "Set an exit grace")


def _unused(segment: Segment) -> Iterator[Finding]:
    if not users_of(segment) and not segment.blocks_all_below:
        yield Finding("unused", "No journey and no segment uses it.", "used-by", "See where it could be used")
