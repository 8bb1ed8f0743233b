"""Change the portfolio's settings: order, groups, exclusions, full stops, hysteresis. Each can be tried first.

With `dry_run` nothing is stored; the answer says how many memberships would be suppressed and released. A change is one
instant: whoever holds two of the segments concerned gets new verdicts in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from customers import audit
from customers.bell import ring
from customers.mark import mark
from segmentation.causes import Cause
from segmentation.errors import GovernanceError
from segmentation.models import DueLook, Exclusion, ExclusionGroup, Membership, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hold_alone, length, open_book
from segmentation.regovern import Effect, regovern

Actor = User | None
GOVERNED = (Status.LIVE, Status.PAUSED)


def set_priorities(*, segments: Sequence[str], dry_run: bool = False, by: Actor, now: datetime) -> Effect:
    """Put the named segments (slugs) first, in this order; those not named follow in the order they had."""
    with transaction.atomic():
        hold_alone()
        ranked = list(Segment.objects.filter(rank__isnull=False).order_by("rank"))
        before = [segment.slug for segment in ranked]
        order = _order(segments, ranked)
        _check_exclusions({segment.slug: place for place, segment in enumerate(order)})
        concerned = _between_moved(ranked, order)
        for place, segment in enumerate(order, 1):
            if segment.rank != place:
                Segment.objects.filter(pk=segment.pk).update(rank=place, updated_at=now)
        after = [segment.slug for segment in order]
        change = _Change("priorities", "the order of the portfolio", before, after, by, now)
        return _made(change, concerned, 2, dry_run=dry_run)


def put_group(*, name: str, segments: Sequence[str], dry_run: bool = False, by: Actor, now: datetime) -> Effect:
    """Make the exclusion group of that name hold exactly these segments; with fewer than two it goes."""
    with transaction.atomic():
        hold_alone()
        members = _named(segments, pointer="/segments")
        if not name.strip():
            raise GovernanceError("missing", "Give the group a name.", pointer="/name")
        group, _ = ExclusionGroup.objects.get_or_create(name=name.strip(), defaults={"created_at": now})
        before = sorted(group.segments.values_list("slug", flat=True))
        concerned = {*group.segments.values_list("pk", flat=True), *(segment.pk for segment in members)}
        if len(members) < 2:
            group.delete()
        else:
            group.segments.set(members)
        change = _Change("exclusion_group", f"exclusion group {name.strip()}", before, sorted(segments), by, now)
        return _made(change, concerned, 2, dry_run=dry_run)


def put_exclusion(*, segment: str, excludes: Sequence[str], dry_run: bool = False, by: Actor, now: datetime) -> Effect:
    """Make the segment, while active, silence exactly these. Each has to rank below it."""
    with transaction.atomic():
        hold_alone()
        upper = _named([segment], pointer="/segment")[0]
        lower = _named(excludes, pointer="/excludes")
        before = sorted(upper.exclusions.values_list("excludes__slug", flat=True))
        concerned = {upper.pk, *upper.exclusions.values_list("excludes", flat=True), *(one.pk for one in lower)}
        upper.exclusions.exclude(excludes__in=lower).delete()
        Exclusion.objects.bulk_create(
            [Exclusion(segment=upper, excludes=one, created_at=now) for one in lower], ignore_conflicts=True
        )
        _check_exclusions({one.slug: one.rank or 0 for one in Segment.objects.filter(rank__isnull=False)})
        change = _Change("exclusion", f"exclusions of {upper.slug}", before, sorted(excludes), by, now)
        return _made(change, concerned, 2, dry_run=dry_run)


def set_full_stop(*, segment: str, blocks_all_below: bool, dry_run: bool = False, by: Actor, now: datetime) -> Effect:
    """Make the segment, while active, silence all that rank below it; or no longer."""
    with transaction.atomic():
        hold_alone()
        upper = Segment.objects.filter(slug=segment).first()
        if upper is None:
            raise _unknown(segment, "/segment")
        before, upper.blocks_all_below, upper.updated_at = upper.blocks_all_below, blocks_all_below, now
        upper.save(update_fields=["blocks_all_below", "updated_at"])
        change = _Change("full_stop", f"full stop of {upper.slug}", before, blocks_all_below, by, now)
        return _made(change, {upper.pk} if before != blocks_all_below else set(), 1, dry_run=dry_run)


def set_hysteresis(*, segment: Segment, settings: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Set `min_stay`, `exit_grace`, `re_entry_pause` (durations as written, or null), those that `settings` names.

    Customers who wait for one of them are looked at again, since their waiting may be over.
    """
    for name, value in settings.items():
        _check_duration(name, value)
    with transaction.atomic():
        hold_alone()
        segment = Segment.objects.select_for_update().get(pk=segment.pk)
        before = {name: getattr(segment, name) for name in settings}
        if before == dict(settings):
            return
        for name, value in settings.items():
            setattr(segment, name, value)
        segment.updated_at = now
        segment.save(update_fields=[*settings, "updated_at"])
        change = _Change("hysteresis", f"hysteresis of {segment.slug}", before, dict(settings), by, now)
        _note(change)
        waiting = {*DueLook.objects.filter(segment=segment).values_list("customer_id", flat=True)} | {
            *Membership.objects.filter(segment=segment, false_since__isnull=False).values_list("customer_id", flat=True)
        }
        look = {f"look:{segment.slug}": change.cause().stored()}
        mark(causes=dict.fromkeys(waiting, look), now=now)
        transaction.on_commit(ring)


class _Change:
    """One change of a setting: what it was, what it is, who made it."""

    def __init__(self, setting: str, detail: str, before: Any, after: Any, by: Actor, now: datetime) -> None:
        self.setting, self.detail, self.before, self.after, self.by, self.now = setting, detail, before, after, by, now

    def cause(self) -> Cause:
        name = self.by.get_username() if self.by else "the system"
        return Cause("governance", id=self.setting, detail=f"{self.detail}, by {name}", at=self.now)


def _made(change: _Change, concerned: Collection[int], least: int, *, dry_run: bool) -> Effect:
    """Find the new verdicts of the settings as they now stand in this transaction; a dry run takes the settings back."""
    book = open_book()
    effect = regovern(
        portfolio=book.portfolio,
        versions={standing.id: standing.version for standing in book.segments.values()},
        concerned=concerned,
        least=least,
        cause=change.cause(),
        now=change.now,
        dry_run=dry_run,
    )
    if dry_run:
        transaction.set_rollback(True)
    elif change.before != change.after:
        _note(change)
    return effect


def _note(change: _Change) -> None:
    """The portfolio as a whole is no row, so the entry names the setting."""
    audit.note(
        actor=change.by,
        action=f"change {change.setting.replace('_', ' ')}",
        object=("governance", change.detail),
        before={"value": change.before},
        after={"value": change.after},
        now=change.now,
    )


def _order(slugs: Sequence[str], ranked: Sequence[Segment]) -> list[Segment]:
    by_slug = {segment.slug: segment for segment in ranked}
    for index, slug in enumerate(slugs):
        if slug not in by_slug:
            raise _unknown(slug, f"/segments/{index}")
        if slug in slugs[:index]:
            raise GovernanceError("repeated", f"“{slug}” stands in the list twice.", pointer=f"/segments/{index}")
    return [by_slug[slug] for slug in slugs] + [segment for segment in ranked if segment.slug not in slugs]


def _between_moved(before: Sequence[Segment], after: Sequence[Segment]) -> set[int]:
    """The segments from the first place that changed hands to the last: no other two change their order."""
    moved = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old.pk != new.pk]
    return {segment.pk for segment in after[moved[0] : moved[-1] + 1]} if moved else set()


def _named(slugs: Sequence[str], *, pointer: str) -> list[Segment]:
    """The live and paused segments of these slugs, in their order."""
    found = {segment.slug: segment for segment in Segment.objects.filter(slug__in=slugs, status__in=GOVERNED)}
    for slug in slugs:
        if slug not in found:
            raise _unknown(slug, pointer)
    return [found[slug] for slug in dict.fromkeys(slugs)]


def _unknown(slug: str, pointer: str) -> GovernanceError:
    message = f"There is no live or paused segment “{slug}”. Publish it first, or check its name."
    return GovernanceError("unknown_segment", message, pointer=pointer)


def _check_exclusions(ranks: Mapping[str, int]) -> None:
    """Every exclusion has to point downwards."""
    pairs = Exclusion.objects.filter(~Q(segment__rank=None), ~Q(excludes__rank=None))
    for upper, lower in pairs.values_list("segment__slug", "excludes__slug"):
        if ranks[upper] >= ranks[lower]:
            message = f"“{upper}” excludes “{lower}”, so it has to rank above it. Move it up, or drop the exclusion."
            raise GovernanceError("exclusion_order", message)


def _check_duration(name: str, value: Any) -> None:
    if name not in ("min_stay", "exit_grace", "re_entry_pause"):
        raise GovernanceError("unknown_setting", f"There is no setting “{name}”.", pointer=f"/{name}")
    try:
        valid = value is None or (length(value).total_seconds() >= 0 and value["unit"] in UNITS)
    except (KeyError, TypeError, ValueError, OverflowError):
        valid = False
    if not valid:
        message = "Write a duration as {“amount”: 30, “unit”: “days”} (minutes, hours, days or weeks), or null."
        raise GovernanceError("invalid_duration", message, pointer=f"/{name}")


UNITS = ("minutes", "hours", "days", "weeks")
