"""Make a segment, save its draft, edit its card: nothing here moves a member."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from segmentation.errors import SegmentError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.permissions import require
from segmentation.portfolio import hold_alone
from segmentation.publish import next_rank
from segmentation.withdraw import withdraw_waiting

Actor = User | None

CARD = (
    "name",
    "goal",
    "owner",
    "action",
    "message",
    "channels",
    "incentive",
    "kpi",
    "kpi_target",
    "review_on",
    "tags",
    "folder",
)
DRAFT = ("rule", "draft_revision", "draft_saved_at", "draft_saved_by", "draft_authors", "updated_at")
LONGEST_NAME = 200
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
# Letters that take no accent apart under Unicode decomposition.
_LETTERS = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


@transaction.atomic
def create(
    *,
    name: str,
    by: Actor,
    now: datetime,
    slug: str = "",
    kind: str = Segment.Kind.DYNAMIC,
    rule: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
) -> Segment:
    """Make a segment: a draft, or, where it is static, a live and empty list at the end of the portfolio.

    Without a slug one is made from the name. `card` holds fields of `CARD`. Raises SegmentError (`taken`, `invalid`).
    """
    static = kind == Segment.Kind.STATIC
    if static:
        hold_alone()
    segment = Segment(
        slug=_new_slug(slug, name),
        name=_a_name(name),
        kind=kind,
        rule=None if static else rule,
        status=Status.LIVE if static else Status.DRAFT,
        rank=next_rank() if static else None,
        created_by=by,
        created_at=now,
        updated_at=now,
        draft_saved_at=now if rule else None,
        draft_saved_by=by if rule else None,
        draft_authors=[by.pk] if rule and by else [],
        **_card(card or {}),
    )
    if segment.owner is None:
        segment.owner = by
    segment.save(force_insert=True)
    audit.note(actor=by, action="create", object=segment, before=None, after=_shown(segment), note="", now=now)
    return segment


def save_draft(
    *, segment: Segment, rule: Mapping[str, Any], revision: int | None = None, by: Actor = None, now: datetime
) -> Segment:
    """Keep the draft of a rule, right or wrong; it counts only once it is published. An edit withdraws what waits for approval.

    `revision` is the draft's revision that the editor began from: where somebody saved meanwhile this raises
    SegmentError (`stale`) and keeps theirs.
    """
    with transaction.atomic():
        segment = Segment.objects.select_for_update().get(pk=segment.pk)
        require(to="edit rule", object=segment, by=by)
        if revision is not None and revision != segment.draft_revision:
            raise SegmentError("stale", "Somebody else saved this draft meanwhile. Reload it before you go on.")
        if segment.rule != dict(rule):
            withdraw_waiting(segment=segment, by=by, reason="The draft was edited.", now=now)
            segment.draft_authors = sorted({*segment.draft_authors, *([by.pk] if by else [])})
            # Who saves what is there already has written none of it.
            segment.draft_saved_by = by
        segment.rule = dict(rule)
        segment.draft_revision += 1
        segment.draft_saved_at = now
        segment.updated_at = now
        segment.save(update_fields=DRAFT)
        return segment


@transaction.atomic
def edit_card(*, segment: Segment, card: Mapping[str, Any], by: Actor, now: datetime) -> Segment:
    """Change fields of the card, those that `card` names."""
    segment = Segment.objects.select_for_update(of=("self",)).get(pk=segment.pk)
    before = _shown(segment)
    for name, value in _card(card).items():
        setattr(segment, name, value)
    after = _shown(segment)
    if before == after:
        return segment
    segment.updated_at = now
    segment.save(update_fields=[*card, "updated_at"])
    audit.note(actor=by, action="edit", object=segment, before=before, after=after, note="", now=now)
    return segment


@transaction.atomic
def delete_draft(*, segment: Segment, by: Actor, now: datetime) -> None:
    """Throw a draft away that was never published."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    require(to="delete", object=segment, by=by)
    audit.note(actor=by, action="delete", object=segment, before=_shown(segment), after=None, note="", now=now)
    segment.versions.all().delete()
    segment.delete()


def card_of(segment: Segment) -> dict[str, Any]:
    """The card without the name, as a draft that is made from the segment begins with."""
    return {field: getattr(segment, field) for field in CARD if field != "name"}


def short_name(name: str) -> str:
    """A name that was put together, not longer than a name may be."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def free_slug(name: str) -> str:
    """A slug made from a name, with a number behind it where the plain one is taken."""
    text = unicodedata.normalize("NFKD", name.translate(_LETTERS).lower()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:70] or "segment"
    taken = set(Segment.objects.filter(slug__startswith=plain).values_list("slug", flat=True))
    number = 2
    slug = plain
    while slug in taken:
        slug, number = f"{plain}-{number}", number + 1
    return slug


def _new_slug(slug: str, name: str) -> str:
    if not slug:
        return free_slug(name)
    if not _SLUG.fullmatch(slug) or len(slug) > 80:
        message = "Write a slug of small letters, digits and hyphens, at most 80: vip-retention."
        raise SegmentError("invalid", message, pointer="/slug")
    if Segment.objects.filter(slug=slug).exists():
        raise SegmentError("taken", f"There is a segment “{slug}” already. Choose another slug.", pointer="/slug")
    return slug


def _a_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise SegmentError("missing", "Give the segment a name.", pointer="/name")
    return name.strip()


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in card if name not in CARD]
    if unknown:
        raise SegmentError("unknown_field", f"There is no field “{unknown[0]}” on a card.", pointer=f"/{unknown[0]}")
    return {name: _a_name(value) if name == "name" else value for name, value in card.items()}


def _shown(segment: Segment) -> dict[str, Any]:
    """The card as the audit log keeps it."""
    shown = {name: getattr(segment, name) for name in CARD if name not in ("owner", "review_on")}
    review_on = segment.review_on
    return {
        **shown,
        "owner": segment.owner.get_username() if segment.owner else None,
        "review_on": str(review_on) if review_on else None,
    }
