"""Pause, resume and archive a segment. Each is one instant: no evaluation sees half of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User as Account
from django.db import connection, transaction

from customers import audit
from segmentation.causes import Cause
from segmentation.dependencies import check_reads
from segmentation.errors import SegmentError
from segmentation.jobs import supersede
from segmentation.models import DueLook, Job, Segment, SegmentDependency, SegmentVersion
from segmentation.models.segment import Status
from segmentation.portfolio import hold_alone
from segmentation.publish import request_rebuild, switch
from segmentation.regovern import latest_instant, regovern_holders
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from segmentation.thresholds import refresh_for
from segmentation.withdraw import withdraw_waiting

Actor = Account | None


@dataclass(frozen=True)
class User:
    """Something that stands on a segment: another segment, an exclusion, a journey. `state` is its status."""

    kind: str
    slug: str
    name: str
    state: str = ""

    def __str__(self) -> str:
        return f"{self.kind} “{self.name}”"


# Who else stands on a segment. A higher app adds its own question at start; this one cannot know of it.
ALSO_USED_BY: list[Callable[[Segment], list[User]]] = []


def users_of(segment: Segment) -> list[User]:
    """Everything that would break or change if the segment went away."""
    readers = Segment.objects.filter(
        dependencies__key=f"segment:{segment.slug}", status__in=(Status.LIVE, Status.PAUSED)
    ).order_by("name")
    users = [User("segment", reader.slug, reader.name, reader.status) for reader in readers]
    for question in ALSO_USED_BY:
        users.extend(question(segment))
    return users


@transaction.atomic
def pause(*, segment: Segment, by: Actor, note: str = "", now: datetime) -> Segment:
    """Stop evaluating a live segment. Its members stay as they are and it takes no part in governance until resumed."""
    segment = _locked(segment)
    if segment.status == Status.PAUSED:
        return segment
    if segment.status != Status.LIVE:
        raise SegmentError("not_live", f"Only a live segment can be paused; this one is {segment.status}.")
    stand_still(segment=segment, by=by, note=note, now=now)
    return segment


def stand_still(*, segment: Segment, by: Actor, note: str, now: datetime) -> None:
    """Pause a segment whose row is locked by a caller who holds the portfolio alone."""
    _set_status(segment, Status.PAUSED, by=by, action="pause", note=note, now=now)
    supersede(segment=segment, kind="rebuild")
    regovern_holders(segment=segment, cause=_cause(segment, "paused", by, now), now=now)


@transaction.atomic
def resume(*, segment: Segment, by: Actor, note: str = "", now: datetime) -> Job | None:
    """Evaluate a paused segment again, or a live one whose rule stopped or whose rebuild failed; a rebuild catches up.

    Returns its job; None for a static segment, and where there is nothing to resume.
    """
    rule = _published_rule(segment)
    refresh_for(rules=[rule] if rule else [], now=now)
    segment = _locked(segment)
    if segment.status == Status.LIVE and not segment.error and not _rebuild_failed(segment):
        return None
    if segment.status not in (Status.PAUSED, Status.LIVE):
        raise SegmentError("not_paused", f"Only a paused segment can be resumed; this one is {segment.status}.")
    version = segment.live_version
    if version is None or rule is None:
        _set_status(segment, Status.LIVE, by=by, action="resume", note=note, now=now)
        regovern_holders(segment=segment, cause=_cause(segment, "resumed", by, now), now=now)
        return None
    check_reads(slug=segment.slug, rule=rule)
    before, draft = segment.status, segment.rule
    switch(segment=segment, version=version, rule=rule, now=now)
    Segment.objects.filter(pk=segment.pk).update(rule=draft)
    _note(segment, by, "resume", before, note, now)
    return request_rebuild(segment=segment, by=by, silent=False, now=now)


def _published_rule(segment: Segment) -> Rule | None:
    version = SegmentVersion.objects.filter(pk=segment.live_version_id or 0).first()
    return parse(version.rule, catalogue=Catalogue()) if version else None


def _rebuild_failed(segment: Segment) -> bool:
    last = Job.objects.filter(segment=segment, kind="rebuild").order_by("-created_at", "-pk").first()
    return last is not None and last.state == Job.State.FAILED


@transaction.atomic
def archive(*, segment: Segment, by: Actor, note: str = "", now: datetime) -> Segment:
    """End a segment for good: its members leave, its place in the portfolio closes. Refused while something uses it."""
    segment = _locked(segment)
    if segment.status == Status.ARCHIVED:
        return segment
    users = users_of(segment)
    if users:
        named = ", ".join(str(user) for user in users)
        raise SegmentError("in_use", f"The segment is in use by {named}. Change or archive that first.")
    cause = _cause(segment, "archived", by, now)
    _set_status(segment, Status.ARCHIVED, by=by, action="archive", note=note, now=now)
    supersede(segment=segment, kind="rebuild")
    withdraw_waiting(segment=segment, by=by, reason="The segment was archived.", now=now)
    regovern_holders(segment=segment, cause=cause, now=now)
    _empty(segment, cause, latest_instant(now))
    DueLook.objects.filter(segment=segment).delete()
    SegmentDependency.objects.filter(segment=segment).delete()
    segment.exclusion_groups.clear()
    segment.exclusions.all().delete()
    segment.excluded_by.all().delete()
    _close_rank(segment)
    return segment


def _locked(segment: Segment) -> Segment:
    hold_alone()
    return Segment.objects.select_for_update().get(pk=segment.pk)


def _set_status(segment: Segment, status: Status, *, by: Actor, action: str, note: str, now: datetime) -> None:
    before = segment.status
    segment.status, segment.updated_at = status, now
    segment.save(update_fields=["status", "updated_at"])
    _note(segment, by, action, before, note, now)


def _note(segment: Segment, by: Actor, action: str, before: str, note: str, now: datetime) -> None:
    after = {"status": segment.status}
    audit.note(actor=by, action=action, object=segment, before={"status": before}, after=after, note=note, now=now)


def _cause(segment: Segment, what: str, by: Actor, now: datetime) -> Cause:
    name = by.get_username() if by else "the system"
    return Cause("governance", id=segment.slug, detail=f"{segment.name} {what} by {name}", at=now)


_EMPTY = """
WITH gone AS (
    DELETE FROM segmentation_membership WHERE segment_id = %(segment)s
    RETURNING segment_id, customer_id, state, suppressed_by_id
)
INSERT INTO segmentation_membershipchange
    (segment_id, customer_id, kind, state, at, version, cause_kind, cause_id, cause_detail, caused_at,
     suppressed_by_id, silent)
SELECT segment_id, customer_id, 'exited', state, %(now)s, %(version)s, %(kind)s, %(id)s, %(detail)s, %(at)s,
       suppressed_by_id, false
FROM gone JOIN customers_customer c ON c.id = gone.customer_id ORDER BY customer_id FOR KEY SHARE OF c"""


def _empty(segment: Segment, cause: Cause, now: datetime) -> None:
    """Let every member leave, in one statement."""
    version = segment.live_version.number if segment.live_version else 0
    why = {"kind": cause.kind, "id": cause.id, "detail": cause.detail, "at": cause.at}
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"segment": segment.pk, "version": version, "now": now, **why})


def _close_rank(segment: Segment) -> None:
    """Give the segment's place up, and let those below move up by one."""
    rank, segment.rank = segment.rank, None
    segment.save(update_fields=["rank"])
    if rank is not None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE segmentation_segment SET rank = rank - 1 WHERE rank > %s", [rank])
