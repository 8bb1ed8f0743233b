"""Take one change of the portfolio's settings back, as a change of its own; or say what that would do.

Refused in words where the setting has been changed since, or a segment it needs is gone: what somebody else decided in
between is never taken back with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from segmentation.asked_settings import GOVERNED
from segmentation.errors import GovernanceError
from segmentation.governance import (
    Actor,
    Setting,
    hold,
    put_exclusion,
    put_group,
    rename_group,
    set_full_stop,
    set_hysteresis,
    set_priorities,
)
from segmentation.models import Exclusion, ExclusionGroup, GovernanceChange, Segment
from segmentation.models.segment import Status
from segmentation.queries.ranked import ranked_segments
from segmentation.regovern import Effect


def undo(*, change: GovernanceChange, dry_run: bool = False, by: Actor, reason: str = "", now: datetime) -> Effect:
    """Give the setting back the value it had before this change. Raises GovernanceError where that is not the last word."""
    with transaction.atomic():
        hold(dry_run)
        _check_stands(change)
        how = {"dry_run": dry_run, "by": by, "reason": reason, "now": now}
        effect = TAKEN_BACK[change.setting](change, how)
        if effect.change is not None:
            effect.change.undoes = change
            effect.change.save(update_fields=["undoes"])
        return effect


def standing(change: GovernanceChange) -> Any:
    """The setting that a change was about as it stands now, written as the change writes it."""
    before, after = _sides(change)
    if change.setting == Setting.ORDER:
        return [slug for slug in _ranked() if slug in after]
    if change.setting == Setting.GROUP:
        return _group_now((after or before)["name"])
    if change.setting == Setting.EXCLUSION:
        return sorted(Exclusion.objects.filter(segment__slug=change.about).values_list("excludes__slug", flat=True))
    segment = Segment.objects.get(slug=change.about)
    if change.setting == Setting.FULL_STOP:
        return segment.blocks_all_below
    return {name: getattr(segment, name) for name in after}


def _sides(change: GovernanceChange) -> tuple[Any, Any]:
    """Before and after, as the setting's own verb writes them."""
    return change.before, change.after


def _check_stands(change: GovernanceChange) -> None:
    gone = _gone(change)
    if gone:
        names = ", ".join(f"“{slug}”" for slug in gone)
        message = f"{names} {'is' if len(gone) == 1 else 'are'} live no more, so this cannot be as it was before."
        raise GovernanceError("segment_gone", message)
    if standing(change) != change.after:
        last = _later(change)
        since = f" by {last.by or 'the system'} in change {last.number}: undo that first, or" if last else ":"
        raise GovernanceError("changed_since", f"This was changed again since{since} set what you want by hand.")


def _gone(change: GovernanceChange) -> list[str]:
    """The segments without which the value before cannot be had back."""
    live = set(Segment.objects.filter(status__in=GOVERNED).values_list("slug", flat=True))
    before, _ = _sides(change)
    if change.setting == Setting.ORDER:
        return sorted(set(before) - live)
    if change.setting == Setting.GROUP:
        return sorted(set(before["segments"] if before else ()) - live)
    if change.setting == Setting.EXCLUSION:
        return sorted({change.about, *before} - live)
    there = Segment.objects.exclude(status=Status.ARCHIVED).filter(slug=change.about).exists()
    return [] if there else [change.about]


def _later(change: GovernanceChange) -> GovernanceChange | None:
    """The last change of the same thing after this one, under whichever of its names."""
    groups = [side["name"] for side in _sides(change) if change.setting == Setting.GROUP and side]
    later = GovernanceChange.objects.filter(
        setting=change.setting, about__in=[change.about, *groups], number__gt=change.number
    )
    return later.select_related("by").order_by("-number").first()


def _ranked() -> list[str]:
    return list(ranked_segments().values_list("slug", flat=True))


def _group_now(name: str) -> dict[str, Any] | None:
    group = ExclusionGroup.objects.filter(name=name).first()
    return {"name": name, "segments": sorted(group.segments.values_list("slug", flat=True))} if group else None


def _order_back(change: GovernanceChange, how: Mapping[str, Any]) -> Effect:
    """The segments of then in the places they hold among all, in the order they had; newer ones keep their places."""
    before, _ = _sides(change)
    places = iter(before)
    return set_priorities(segments=[next(places) if one in before else one for one in _ranked()], **how)


def _group_back(change: GovernanceChange, how: Mapping[str, Any]) -> Effect:
    before, after = _sides(change)
    if before and after and before["name"] != after["name"]:
        return rename_group(name=after["name"], to=before["name"], **how)
    return put_group(name=(before or after)["name"], segments=before["segments"] if before else [], **how)


def _exclusion_back(change: GovernanceChange, how: Mapping[str, Any]) -> Effect:
    return put_exclusion(segment=change.about, excludes=_sides(change)[0], **how)


def _full_stop_back(change: GovernanceChange, how: Mapping[str, Any]) -> Effect:
    return set_full_stop(segment=change.about, blocks_all_below=_sides(change)[0], **how)


def _hysteresis_back(change: GovernanceChange, how: Mapping[str, Any]) -> Effect:
    return set_hysteresis(segment=Segment.objects.get(slug=change.about), settings=_sides(change)[0], **how)


TAKEN_BACK: dict[str, Callable[[GovernanceChange, Mapping[str, Any]], Effect]] = {
    Setting.ORDER: _order_back,
    Setting.GROUP: _group_back,
    Setting.EXCLUSION: _exclusion_back,
    Setting.FULL_STOP: _full_stop_back,
    Setting.HYSTERESIS: _hysteresis_back,
}
