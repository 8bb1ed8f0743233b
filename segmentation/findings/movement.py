"""Segments whose customers come and go and come again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from customers.models import AuditEntry
from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, counted
from segmentation.models import Segment
from segmentation.portfolio import hysteresis_of
from segmentation.queries.restless import Advice, advice
from segmentation.queries.stability import BOUNCES, MONTH, bouncers_of

# From so many bouncers for each customer in it on, a segment is restless: one for twenty.
RESTLESS = 0.05


class Restless(FindingKind):
    """Customers enter again and again: messages start anew each time."""

    code, severity, title, costly = "restless", Severity.WARNING, "Restless", True
    why = "Who comes and goes is greeted each time, and measured as somebody new."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments with one bouncer for twenty members or more, with how many; none whose
        hysteresis was changed in the month looked at: what the change does has to be seen first."""
        many = bouncers_of([one.pk for one in look.live], until=look.now)
        for segment in look.live:
            if many.get(segment.pk, 0) and not _changed_since(segment, look.now - MONTH):
                bouncers = many[segment.pk]
                if bouncers >= RESTLESS * look.size(segment):
                    yield _restless(segment, bouncers, look.size(segment), look.now)


def _changed_since(segment: Segment, then: datetime) -> bool:
    """Whether somebody changed the segment's hysteresis since an instant: the log of changes knows."""
    entries = AuditEntry.objects.filter(
        object_type="governance", object_id=f"hysteresis of {segment.slug}", at__gt=then
    )
    return entries.exists()


def _restless(segment: Segment, bouncers: int, size: int, now: datetime) -> Found:
    advised = advice(segment=segment, grace=hysteresis_of(segment).exit_grace, until=now)
    says = f"{counted(bouncers)} entered {BOUNCES} times or more in 30 days, with {size:,} in it.{_advised(advised)}"
    label = "Set the exit grace" if advised else "See who comes and goes"
    return Found(segment, bouncers, says, Fix(label, f"/reports/stability/{segment.slug}/"))


def _advised(advised: Advice | None) -> str:
    if advised is None:
        return " No exit grace up to 30 days would have halved them."
    grace = f"{advised.amount} {advised.unit if advised.amount > 1 else advised.unit.removesuffix('s')}"
    return f" An exit grace of {grace} would have left {advised.left or 'none'} of them."


KINDS: list[type[FindingKind]] = [Restless]
