"""Look for the findings that cost something, and keep them: by the clock, and as a job when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from segmentation.findings import kinds
from segmentation.findings.base import FindingKind, Found, Look, counted
from segmentation.findings.told import Key, key_of
from segmentation.jobs import OPEN, Progress, enqueue
from segmentation.models import Finding, HealthLook, Job

KIND = "findings"
# Two who look at once store one after the other.
_LOCK = 0x6669 << 48


def look_for_findings(*, now: datetime, said: Callable[[float, str], None] = lambda share, what: None) -> int:
    """Make the stored findings equal to what is found at `now`; how many there are. What was found before keeps the instant
    it was first seen at. `said` hears how far it is."""
    began = monotonic()
    costly, look = [kind for kind in kinds() if kind.costly], Look(now=now)
    found: list[tuple[type[FindingKind], Found]] = []
    for done, kind in enumerate(costly):
        said(done / len(costly), kind.title)
        found += [(kind, one) for one in kind().found(look)]
    _store(found, now)
    milliseconds = (monotonic() - began) * 1000
    HealthLook.objects.update_or_create(pk=1, defaults={"at": now, "milliseconds": milliseconds})
    return len(found)


@transaction.atomic
def _store(found: list[tuple[type[FindingKind], Found]], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    before: dict[Key, Finding] = {
        key_of(row.code, row.segment, row.other): row
        for row in Finding.objects.select_related("segment", "other").defer("segment__rule", "other__rule")
    }
    kept = []
    for kind, one in found:
        row = before.get(key_of(kind.code, one.segment, one.other)) or Finding(first_seen_at=now)
        _fill(row, kind, one, now)
        row.save()
        kept.append(row.pk)
    Finding.objects.exclude(pk__in=kept).delete()


def _fill(row: Finding, kind: type[FindingKind], one: Found, now: datetime) -> None:
    row.code, row.segment, row.other, row.seen_at = kind.code, one.segment, one.other, now
    row.number, row.says = one.number, one.says
    row.fix_label, row.fix_address = one.fix.label, one.fix.address


def request_look(*, by: User, now: datetime) -> Job:
    """Ask for a look now; the one under way where there is one."""
    open_already = Job.objects.filter(kind=KIND, state__in=OPEN).order_by("-created_at").first()
    return open_already or enqueue(kind=KIND, by=by, now=now)


def look_as_job(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """The same as a job, with its progress and what came of it."""
    many = look_for_findings(now=now, said=Progress(job, now).say)
    return {"said": f"{counted(many, 'finding')} that cost something to find out.", "found": many}
