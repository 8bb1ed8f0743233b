"""Who may do what to a segment, and to a rule that waits for approval: the one place that knows.

Four eyes (`SEGMENT_APPROVAL`): `nobody` needs them, a change of a `live` segment's rule does, or `all` publishes do.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from customers.permissions import GIVEN, Permission, Somebody, holds, permission, rule
from customers.roles import Right
from segmentation.errors import ForbiddenError, SegmentError
from segmentation.models import PublishRequest, Segment
from segmentation.models.segment import Status

_FORBIDDEN = ("forbidden", "four_eyes")


def require(*, to: str, object: Segment | PublishRequest, by: Any) -> None:
    """Raise ForbiddenError or SegmentError with the reason where the rules say no."""
    answer = permission(to=to, object=object, by=by)
    if not answer:
        kind = ForbiddenError if answer.code in _FORBIDDEN else SegmentError
        raise kind(answer.code, answer.why, pointer=answer.pointer)


def needs_approval(segment: Segment) -> bool:
    """Whether the draft counts only once somebody else approved it."""
    if segment.kind == Segment.Kind.STATIC or settings.SEGMENT_APPROVAL == "nobody":
        return False
    version = segment.live_version
    if version is None:
        return bool(settings.SEGMENT_APPROVAL == "all")
    return bool(segment.rule != version.rule)


def authors_of(segment: Segment, *asked_by: int | None) -> set[int]:
    """The accounts that wrote at the draft since the last publish, and those that asked for one."""
    return {
        account for account in (*segment.draft_authors, segment.draft_saved_by_id, *asked_by) if account is not None
    }


@rule(Segment, "edit rule", "submit")
def _edit_rule(segment: Segment, by: Somebody) -> Permission:
    """A rule is written by whoever edits; an archived segment stays as it was, a list has none."""
    if segment.status == Status.ARCHIVED:
        return Permission("archived", "An archived segment is kept as it was. Copy it to go on.")
    if segment.kind == Segment.Kind.STATIC:
        return Permission("static_segment", "A static segment has no rule.", "/rule")
    return holds(by, Right.EDIT)


@rule(Segment, "publish")
def _publish(segment: Segment, by: Somebody) -> Permission:
    """Whoever edits publishes, unless the rule takes another pair of eyes: then nobody does alone."""
    held = holds(by, Right.EDIT)
    if not held or not needs_approval(segment):
        return held
    changed = "The rule of a live segment counts" if segment.live_version_id else "A rule counts"
    return Permission("four_eyes", f"{changed} only after somebody else approved it: send it for approval.")


@rule(Segment, "delete")
def _delete(segment: Segment, by: Somebody) -> Permission:
    """A draft that was never published can be thrown away."""
    if segment.status != Status.DRAFT or segment.live_version_id is not None:
        return Permission("not_draft", "Only a segment that was never published can be deleted; archive it instead.")
    return holds(by, Right.EDIT)


@rule(PublishRequest, "approve")
def _approve(request: PublishRequest, by: Somebody) -> Permission:
    """It takes the right to approve, and not having written any of it; an operator is no exception."""
    held = holds(by, Right.APPROVE)
    if not held:
        return held
    if by is None or by.pk in authors_of(request.segment, *request.authors, request.asked_by_id):
        return Permission("four_eyes", "You wrote, edited or submitted this rule: somebody else has to approve it.")
    return GIVEN


@rule(PublishRequest, "reject")
def _reject(request: PublishRequest, by: Somebody) -> Permission:
    """Whoever may approve may send back, their own too."""
    return holds(by, Right.APPROVE)


@rule(PublishRequest, "withdraw", "comment")
def _talk(request: PublishRequest, by: Somebody) -> Permission:
    """Whoever may edit may speak."""
    return holds(by, Right.EDIT)
