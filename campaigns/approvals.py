"""A journey's life: draft, in review, approved, live, paused, ended; and the four eyes between writing and sending.

What is approved is frozen: the flow, the words of its templates, and, by its hash, the segment's live rule. Whoever wrote,
edited or submitted any of it cannot approve it. An approval starts the journey at once unless it is told to wait. An edit
of the flow, of a template's words, or of the segment's rule takes the approval back: the journey returns to review with the
new content, its enrolments stand still, and nothing is sent until somebody approves again.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from campaigns.errors import InvalidError, StaleError, StatusError
from campaigns.models import Enrolment, Journey, JourneyComment, JourneyDecision, JourneyVersion
from campaigns.models.journey import Status
from campaigns.permissions import require
from campaigns.queries.approved import last_approval
from campaigns.queries.content import Content, content_of, segment_slug
from campaigns.queries.flows import faults_of
from campaigns.stop import stop
from common.asked import text_in
from customers import audit
from segmentation.approvals import LONGEST
from segmentation.models import Segment
from segmentation.queries.cards import lacking_words

DECIDED = (Status.IN_REVIEW, Status.APPROVED, Status.LIVE, Status.PAUSED)


@transaction.atomic
def submit(*, journey: Journey, by: User | None, now: datetime, note: str = "") -> JourneyVersion:
    """Freeze a draft and ask for its approval. Asked again with nothing changed, it answers with the same version.

    Raises StatusError, InvalidError where the flow has faults, its segment is not live or has no whole card.
    """
    row = _locked(journey)
    _only(row, "submitted", Status.DRAFT, Status.IN_REVIEW)
    require(to="submit", object=row, by=by)
    _whole_card(row, by)
    content = _whole_content(row)
    latest = latest_version(row)
    if row.status == Status.IN_REVIEW and latest and latest.digest == content.digest:
        return latest
    version = _freeze(row, content, by=by, now=now)
    row.submitted_by = by
    _turn(row, Status.IN_REVIEW, "submitted", by=by, now=now, version=version, reason=note)
    _seen(journey, row)
    return version


def approve(
    *, journey: Journey, by: User, now: datetime, reason: str = "", seen: str = "", start: bool = True
) -> JourneyVersion:
    """Approve what is in review, and start it unless `start` is false; `seen` is the digest that the approver read.

    Raises StatusError, FourEyesError, and StaleError where the content is not what was submitted or seen.
    """
    with transaction.atomic():
        row = _locked(journey)
        _only(row, "approved", Status.IN_REVIEW)
        version = latest_version(row)
        fresh = version is not None and version.digest == content_of(row.document).digest
        if version is not None and fresh:
            require(to="approve", object=row, by=by)
            _whole_card(row, by)
            if seen and seen != version.digest:
                raise StaleError("It was edited after you opened it: read it again, then decide.", code="edited")
            row.live_version = version
            _turn(row, Status.APPROVED, "approved", by=by, now=now, version=version, reason=reason)
            if start:
                _turn(row, Status.LIVE, "live", by=by, now=now, version=version)
            _seen(journey, row)
            return version
    withdraw(journey=journey, by=None, now=now, reason="The segment or a template changed after the submission.")
    raise StaleError(
        "The segment or a template changed after the submission: read it again, then decide.", code="stale"
    )


@transaction.atomic
def reject(*, journey: Journey, by: User, now: datetime, reason: str) -> None:
    """Send a journey in review back to draft. A reason is needed. Raises StatusError, InvalidError."""
    row = _locked(journey)
    _only(row, "rejected", Status.IN_REVIEW)
    require(to="reject", object=row, by=by)
    if not reason.strip():
        raise InvalidError([("/reason", "Say why, so that the author knows what to change.")], code="reason_missing")
    _turn(row, Status.DRAFT, "rejected", by=by, now=now, version=latest_version(row), reason=reason.strip())
    _seen(journey, row)


@transaction.atomic
def start(*, journey: Journey, by: User, now: datetime) -> None:
    """Start an approved journey that was told to wait. Raises StatusError, StaleError."""
    row = _locked(journey)
    _only(row, "started", Status.APPROVED)
    _whole_card(row, by)
    _still_approved(row)
    _turn(row, Status.LIVE, "live", by=by, now=now, version=row.live_version)
    _seen(journey, row)


@transaction.atomic
def pause(*, journey: Journey, by: User | None, now: datetime, reason: str = "") -> None:
    """Hold a live journey: nobody enters, nobody moves, nothing is sent. Raises StatusError."""
    row = _locked(journey)
    _only(row, "paused", Status.LIVE)
    _turn(row, Status.PAUSED, "paused", by=by, now=now, version=row.live_version, reason=reason)
    _seen(journey, row)


@transaction.atomic
def resume(*, journey: Journey, by: User, now: datetime) -> None:
    """Let a paused journey go on; an approved one that waits, start. Raises StatusError, StaleError."""
    row = _locked(journey)
    if row.status == Status.APPROVED:
        start(journey=journey, by=by, now=now)
        return
    _only(row, "resumed", Status.PAUSED)
    _still_approved(row)
    _turn(row, Status.LIVE, "resumed", by=by, now=now, version=row.live_version)
    _seen(journey, row)


@transaction.atomic
def end(*, journey: Journey, by: User | None, now: datetime, reason: str = "") -> int:
    """End a journey for good; whoever is on it stops. Returns how many were. Raises StatusError."""
    row = _locked(journey)
    _only(row, "ended", Status.DRAFT, *DECIDED)
    _turn(row, Status.ENDED, "ended", by=by, now=now, version=row.live_version, reason=reason)
    running = row.enrolments.filter(state=Enrolment.State.RUNNING).values_list("pk", flat=True)
    _seen(journey, row)
    return stop(enrolments=running, reason="ended", now=now)


@transaction.atomic
def withdraw(*, journey: Journey, by: User | None, now: datetime, reason: str) -> bool:
    """Take back a submission or an approval whose content changed; the new content goes to review.

    Content that cannot be reviewed (a fault, a segment that is not live) returns to draft. Returns whether anything was
    taken back: with nothing changed, nothing is.
    """
    row = _locked(journey)
    content = content_of(row.document)
    held = latest_version(row) if row.status == Status.IN_REVIEW else row.live_version
    if row.status not in DECIDED or (held and held.digest == content.digest):
        return False
    whole = bool(content.audience) and not faults_of(row.document)
    version = _freeze(row, content, by=by, now=now) if whole else None
    if by is not None:
        row.submitted_by = by
    status = Status.IN_REVIEW if whole else Status.DRAFT
    _turn(row, status, "withdrawn", by=by, now=now, version=version, reason=reason)
    _seen(journey, row)
    return True


@transaction.atomic
def comment(*, journey: Journey, by: User, text: str, now: datetime) -> JourneyComment:
    """Say something about a journey; it stands in its history. Raises InvalidError, ForbiddenError."""
    require(to="comment", object=journey, by=by)
    text = text_in(text).strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidError([("/text", f"Write 1 to {LONGEST:,} characters.")])
    said = JourneyComment.objects.create(journey=journey, version=latest_version(journey), by=by, at=now, text=text)
    audit.note(actor=by, action="journey commented", object=journey, after={"text": text}, now=now)
    return said


def latest_version(journey: Journey) -> JourneyVersion | None:
    """The version that was submitted last."""
    return journey.versions.order_by("-number").first()


def approved_version(journey: Journey) -> JourneyVersion | None:
    """The version that was approved last."""
    found = last_approval(journey)
    return found.version if found else None


def note_decision(
    row: Journey,
    kind: str,
    *,
    by: User | None,
    now: datetime,
    version: JourneyVersion | None,
    reason: str = "",
) -> None:
    """Keep one step of a journey's life."""
    JourneyDecision.objects.create(journey=row, version=version, kind=kind, by=by, at=now, reason=reason)


def _locked(journey: Journey) -> Journey:
    return Journey.objects.select_for_update(of=("self",)).select_related("live_version").get(pk=journey.pk)


def _seen(journey: Journey, row: Journey) -> None:
    """Bring the caller's object up to what was stored."""
    journey.status, journey.updated_at = row.status, row.updated_at
    journey.live_version, journey.submitted_by = row.live_version, row.submitted_by


def _only(journey: Journey, done: str, *statuses: Status) -> None:
    if journey.status not in statuses:
        wanted = " or ".join(status.label.lower() for status in statuses)
        now = Status(journey.status).label.lower()
        raise StatusError(f"The journey is {now}; only one that is {wanted} can be {done}.", code="wrong_status")


def _whole_card(journey: Journey, by: User | None) -> None:
    """Raise InvalidError where the segment's card does not say yet what it is for (docs/decisions/0013)."""
    person = by is not None and not hasattr(by, "api_key")
    if settings.CARD_REQUIRED == "nobody" or (settings.CARD_REQUIRED == "people" and not person):
        return
    segment = Segment.objects.filter(slug=segment_slug(journey.document)).first()
    lacking = lacking_words(segment) if segment else ""
    if segment and lacking:
        message = f"The card of “{segment.name}” has no {lacking}. Fill it in at /segments/{segment.slug}/card/ first."
        raise InvalidError([("/entry/segment", message)], code="card_missing")


def _still_approved(journey: Journey) -> None:
    version = journey.live_version
    if version is None or version.digest != content_of(journey.document).digest:
        raise StaleError("The content changed after the approval: it has to be approved again.", code="stale")


def _whole_content(journey: Journey) -> Content:
    """The content, if it can be reviewed."""
    faults = faults_of(journey.document)
    content = content_of(journey.document)
    if not faults and not content.audience:
        slug = segment_slug(journey.document)
        faults = [("/entry/segment", f"The segment {slug!r} is not live: publish it first.")]
    if faults:
        raise InvalidError(faults)
    return content


def _freeze(journey: Journey, content: Content, *, by: User | None, now: datetime) -> JourneyVersion:
    number = journey.versions.aggregate(last=Max("number"))["last"] or 0
    return journey.versions.create(
        number=number + 1,
        document=content.document,
        templates=content.templates,
        digest=content.digest,
        created_by=by,
        created_at=now,
    )


def _turn(
    row: Journey,
    status: Status,
    kind: str,
    *,
    by: User | None,
    now: datetime,
    version: JourneyVersion | None,
    reason: str = "",
) -> None:
    """Store a new status with the decision that led to it."""
    before, row.status, row.updated_at = row.status, status, now
    row.save(update_fields=["status", "updated_at", "live_version", "submitted_by"])
    note_decision(row, kind, by=by, now=now, version=version, reason=reason)
    audit.note(
        actor=by,
        action=f"journey {kind}",
        object=row,
        before={"status": before},
        after={"status": str(status), "version": version.number if version else None},
        note=reason,
        now=now,
    )
