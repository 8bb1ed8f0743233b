"""Four eyes for rules: ask for a draft to be published, approve it, send it back, withdraw it, speak about it.

An approval is bound to the hash of the rule that was asked for: an edit of the draft withdraws the request, and nothing
but that very rule goes live. Whoever wrote at the draft since the last publish, or asked, cannot approve.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from common.asked import text_in
from customers import audit
from segmentation.drafts import without_neutral
from segmentation.errors import SegmentError
from segmentation.models import Job, PublishComment, PublishRequest, Segment
from segmentation.models.segment import Status
from segmentation.permissions import authors_of, require
from segmentation.portfolio import hold_alone
from segmentation.publish import checked, put_live, readied
from segmentation.queries.publish_requests import waiting_of
from segmentation.rules.describe import sentence
from segmentation.rules.nodes import Rule
from segmentation.rules.write import rule_hash
from segmentation.save import save_draft
from segmentation.withdraw import settle, withdraw_waiting

State = PublishRequest.State
LONGEST = 2000


@transaction.atomic
def submit(
    *, segment: Segment, by: User, note: str = "", silent: bool = False, revision: int | None = None, now: datetime
) -> PublishRequest:
    """Ask for somebody else's approval of the draft; what is turned off in it is left out, as at a publish.

    Asked again with nothing changed, it answers with the same request. `revision` is the draft's that was looked at.
    Raises RuleError with every fault of the rule, SegmentError (`stale`, `unchanged`, `no_rule`), ForbiddenError.
    """
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    require(to="submit", object=segment, by=by)
    thinned = without_neutral(segment.rule)
    if thinned != segment.rule or revision not in (None, segment.draft_revision):
        segment = save_draft(segment=segment, rule=thinned, revision=revision, by=by, now=now)
    rule = checked(segment, now=now)
    version = segment.live_version
    if segment.status == Status.LIVE and version is not None and version.rule_hash == rule_hash(rule):
        raise SegmentError("unchanged", "The draft is the rule that is live already: there is nothing to approve.")
    waiting = waiting_of(segment)
    if waiting is not None and (waiting.rule_hash, waiting.silent) == (rule_hash(rule), silent):
        return waiting
    withdraw_waiting(segment=segment, by=by, reason="It was submitted anew.", now=now)
    request = PublishRequest.objects.create(
        segment=segment,
        rule=segment.rule,
        rule_hash=rule_hash(rule),
        sentence=sentence(rule),
        silent=silent,
        note=note,
        authors=sorted(authors_of(segment, by.pk)),
        asked_by=by,
        asked_at=now,
    )
    _note(request, "submit rule", None, by=by, note=note, now=now)
    return request


def approve(*, request: PublishRequest, by: User, reason: str = "", seen: str = "", now: datetime) -> Job:
    """Publish the rule that waits, in the approver's name and with both names in its note; the job that follows.

    `seen` is the hash that the approver read. Raises ForbiddenError (`four_eyes`), SegmentError (`wrong_status`, `edited`,
    `stale` where the draft is not what was asked for; the request is withdrawn then), and whatever publishing refuses.
    """
    with transaction.atomic():
        rule = _readied(request, by, now)
        hold_alone()
        row = _locked(request)
        _waits(row, "approved")
        if rule is not None and row.segment.rule == row.rule:
            if seen and seen != row.rule_hash:
                raise SegmentError("edited", "It was edited after you opened it: read it again, then decide.")
            words: Any = {"note": _both_names(row, by), "silent": row.silent}
            job = put_live(asked=row.segment, rule=rule, by=by, request=row, now=now, **words)
            row.version = Segment.objects.get(pk=row.segment_id).live_version
            settle(request=row, state=State.APPROVED, by=by, reason=reason.strip(), now=now)
            return job
        withdraw_waiting(segment=row.segment, by=None, reason="The draft changed after the submission.", now=now)
    raise SegmentError("stale", "The draft changed after the submission: read it again, then decide.")


@transaction.atomic
def reject(*, request: PublishRequest, by: User, reason: str, now: datetime) -> PublishRequest:
    """Send a rule back to whoever asked. A reason is needed. Raises SegmentError (`wrong_status`, `reason_missing`)."""
    row = _locked(request)
    _waits(row, "sent back")
    require(to="reject", object=row, by=by)
    if not reason.strip():
        raise SegmentError("reason_missing", "Say why, so that the author knows what to change.", pointer="/reason")
    settle(request=row, state=State.REJECTED, by=by, reason=reason.strip(), now=now)
    _note(row, "reject rule", {"state": "waiting"}, by=by, note=reason.strip(), now=now)
    return row


@transaction.atomic
def withdraw(*, request: PublishRequest, by: User, reason: str = "", now: datetime) -> PublishRequest:
    """Take a request back; the draft stays. Raises SegmentError (`wrong_status`)."""
    row = _locked(request)
    _waits(row, "withdrawn")
    require(to="withdraw", object=row, by=by)
    withdraw_waiting(segment=row.segment, by=by, reason=reason.strip(), now=now)
    row.refresh_from_db()
    return row


@transaction.atomic
def comment(*, request: PublishRequest, by: User, text: str, now: datetime) -> PublishComment:
    """Say something about a rule that waits, or did. Raises SegmentError (`invalid`), ForbiddenError."""
    require(to="comment", object=request, by=by)
    text = text_in(text).strip()
    if not 0 < len(text) <= LONGEST:
        raise SegmentError("invalid", f"Write 1 to {LONGEST:,} characters.", pointer="/text")
    said = PublishComment.objects.create(request=request, by=by, at=now, text=text)
    audit.note(actor=by, action="comment rule", object=request.segment, after={"text": text}, now=now)
    return said


def _readied(request: PublishRequest, by: User, now: datetime) -> Rule | None:
    """The rule that may be approved, ready to go live before anybody is kept waiting; None where the draft is another."""
    asked = PublishRequest.objects.select_related("segment__live_version", "asked_by").get(pk=request.pk)
    _waits(asked, "approved")
    require(to="approve", object=asked, by=by)
    return readied(asked.segment, now=now) if asked.segment.rule == asked.rule else None


def _locked(request: PublishRequest) -> PublishRequest:
    """The request, after its segment: the order in which an edit of the draft locks them."""
    segment = Segment.objects.select_for_update().get(pk=request.segment_id)
    row = PublishRequest.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=request.pk)
    row.segment = segment
    return row


def _waits(request: PublishRequest, done: str) -> None:
    if request.state != State.WAITING:
        state = request.get_state_display().lower()
        raise SegmentError("wrong_status", f"The request is {state}; only one that is waiting can be {done}.")


def _both_names(request: PublishRequest, by: User) -> str:
    """The note of the version: what the author wrote, who asked and who approved."""
    asked = request.asked_by.get_username() if request.asked_by else "somebody who is gone"
    return f"{request.note} (asked for by {asked}, approved by {by.get_username()})".strip()


def _note(request: PublishRequest, action: str, before: object, *, by: User, note: str, now: datetime) -> None:
    after = {"state": request.state, "rule": request.sentence, "silent": request.silent}
    audit.note(actor=by, action=action, object=request.segment, before=before, after=after, note=note, now=now)
