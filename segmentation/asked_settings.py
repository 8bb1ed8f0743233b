"""What a change of the portfolio's settings names, read as segments and durations, and refused in words where it is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q

from segmentation.errors import GovernanceError
from segmentation.hysteresis import NONE
from segmentation.models import Exclusion, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import length

GOVERNED = (Status.LIVE, Status.PAUSED)
MOST_NAME = 200
UNITS = ("minutes", "hours", "days", "weeks")
# As in rules. Beyond the year 9999 there is no instant to wait for.
LONGEST = timedelta(days=36_500)


def check_agreed(known: Sequence[str] | None, stored: Sequence[str]) -> None:
    """Whoever decided looking at something else is told, and nothing is changed."""
    if known is not None and list(known) != list(stored):
        message = "Somebody changed this meanwhile. Look at it as it is now, then decide again."
        raise GovernanceError("changed_meanwhile", message, pointer="/known")


def group_named(name: str) -> str:
    """The name of a group as it is kept."""
    if not name.strip():
        raise GovernanceError("missing", "Give the group a name.", pointer="/name")
    if len(name.strip()) > MOST_NAME:
        raise GovernanceError("too_long", f"A group's name has {MOST_NAME} characters at most.", pointer="/name")
    return name.strip()


def in_order(slugs: Sequence[str], ranked: Sequence[Segment]) -> list[Segment]:
    """The named ones of the ranked segments first, the others after them in the order they had."""
    by_slug = {segment.slug: segment for segment in ranked}
    for index, slug in enumerate(slugs):
        if slug not in by_slug:
            raise unknown(slug, pointer=f"/segments/{index}")
    _check_once(slugs, pointer="/segments")
    return [by_slug[slug] for slug in slugs] + [segment for segment in ranked if segment.slug not in slugs]


def segments_named(slugs: Sequence[str], *, pointer: str) -> list[Segment]:
    """The live and paused segments of these slugs, in their order."""
    found = {segment.slug: segment for segment in Segment.objects.filter(slug__in=slugs, status__in=GOVERNED)}
    for index, slug in enumerate(slugs):
        if slug not in found:
            raise unknown(slug, pointer=f"{pointer}/{index}")
    _check_once(slugs, pointer=pointer)
    return [found[slug] for slug in slugs]


def segment_named(slug: str) -> Segment:
    """The live or paused segment of this slug."""
    found = Segment.objects.filter(slug=slug, status__in=GOVERNED).first()
    if found is None:
        raise unknown(slug, pointer="/segment")
    return found


def unknown(slug: str, *, pointer: str) -> GovernanceError:
    """The error for a slug that is none."""
    message = f"There is no live or paused segment “{slug}”. Publish it first, or check its name."
    return GovernanceError("unknown_segment", message, pointer=pointer)


def check_exclusions(ranks: Mapping[str, int], *, pointer: str) -> None:
    """Every exclusion has to point downwards."""
    pairs = Exclusion.objects.filter(~Q(segment__rank=None), ~Q(excludes__rank=None))
    for upper, lower in pairs.values_list("segment__slug", "excludes__slug"):
        check_above(upper, ranks[upper], lower, ranks[lower], pointer=pointer)


def check_above(upper: str, rank: int, lower: str, other: int, *, pointer: str) -> None:
    """A segment excludes only what ranks below it."""
    if rank >= other:
        message = f"“{upper}” excludes “{lower}”, so it has to rank above it. Move it up, or drop the exclusion."
        raise GovernanceError("exclusion_order", message, pointer=pointer)


def check_duration(name: str, value: Any) -> None:
    """A setting of hysteresis is a duration as written, or null."""
    if name not in ("min_stay", "exit_grace", "re_entry_pause"):
        raise GovernanceError("unknown_setting", f"There is no setting “{name}”.", pointer=f"/{name}")
    try:
        valid = value is None or (NONE < length(value) <= LONGEST and value["unit"] in UNITS)
    except (KeyError, TypeError, ValueError, OverflowError):
        valid = False
    if not valid:
        message = "Write a duration as {“amount”: 30, “unit”: “days”} (minutes, hours, days or weeks), at most a hundred years, or null."
        raise GovernanceError("invalid_duration", message, pointer=f"/{name}")


def _check_once(slugs: Sequence[str], *, pointer: str) -> None:
    seen: set[str] = set()
    for index, slug in enumerate(slugs):
        if slug in seen:
            raise GovernanceError("repeated", f"“{slug}” stands in the list twice.", pointer=f"{pointer}/{index}")
        seen.add(slug)
