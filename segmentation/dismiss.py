"""Live with a finding until a day, for a reason; and take that back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from segmentation.errors import SegmentError
from segmentation.findings.told import dismissals, findings, key_of
from segmentation.models import Dismissal, Segment

# What nobody looks at for longer is forgotten.
LONGEST = timedelta(days=366)
LONGEST_REASON = 1000


@transaction.atomic
def dismiss(
    *,
    code: str,
    segment: Segment | None,
    other: Segment | None = None,
    reason: str,
    until: date,
    by: User,
    now: datetime,
) -> Dismissal:
    """Put a finding that there is now aside until the end of a day. Dismissing it again replaces reason and day."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise SegmentError("invalid", f"Say why, in up to {LONGEST_REASON:,} characters.", pointer="/reason")
    if not now.date() <= until <= now.date() + LONGEST:
        raise SegmentError("invalid", "Give a day from today on, up to a year ahead.", pointer="/until")
    key = key_of(code, segment, other)
    told = next((one for one in findings(now=now, only=[segment.pk] if segment else None) if one.key == key), None)
    if told is None:
        raise SegmentError("no_such_finding", "There is no such finding now: it may have been mended.")
    before = told.dismissal
    for row in Dismissal.objects.filter(code=code).select_related("segment", "other"):
        if key_of(code, row.segment, row.other) == key:
            row.delete()
    # Of two who press at once the later one replaces.
    made, _ = Dismissal.objects.update_or_create(
        code=code,
        segment=told.found.segment,
        other=told.found.other,
        defaults={"reason": reason, "until": until, "by": by, "at": now},
    )
    _note("dismiss finding", made, by, _said(before), _said(made), now)
    return made


@transaction.atomic
def restore(*, code: str, segment: Segment | None, other: Segment | None = None, by: User, now: datetime) -> None:
    """Take a dismissal back: the finding is told again."""
    key = key_of(code, segment, other)
    found = next((one for one in dismissals(now=now) if key_of(one.code, one.segment, one.other) == key), None)
    if found is None:
        raise SegmentError("not_dismissed", "This finding is not dismissed.")
    _note("restore finding", found, by, _said(found), None, now)
    found.delete()


def _said(dismissal: Dismissal | None) -> dict[str, str] | None:
    return {"reason": dismissal.reason, "until": dismissal.until.isoformat()} if dismissal else None


def _note(
    action: str,
    dismissal: Dismissal,
    by: User,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
    now: datetime,
) -> None:
    """The finding is no row of its own, so the entry names its kind and what it is about."""
    about = ", ".join(one.slug for one in (dismissal.segment, dismissal.other) if one is not None)
    name = f"{dismissal.code} of {about or 'the portfolio'}"
    audit.note(
        actor=by, action=action, object=("finding", name), before=before, after=after, note=dismissal.reason, now=now
    )
