"""Why a customer is suppressed where they are: the setting of governance that lets one segment silence another."""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.models import Exclusion, ExclusionGroup, Membership


def reasons_of(memberships: Iterable[Membership]) -> dict[int, str]:
    """In words, by the id of each suppressed membership. Empty where the setting was taken away since."""
    pairs = {one.pk: (one.suppressed_by, one.segment_id) for one in memberships if one.suppressed_by}
    if not pairs:
        return {}
    groups = groups_by_segment({segment for upper, lower in pairs.values() for segment in (upper.pk, lower)})
    excluded = set(
        Exclusion.objects.filter(excludes__in=[lower for _, lower in pairs.values()]).values_list(
            "segment_id", "excludes_id"
        )
    )
    reasons = {}
    for number, (upper, lower) in pairs.items():
        shared = sorted(groups.get(upper.pk, set()) & groups.get(lower, set()))
        if shared:
            reasons[number] = f"both are in the exclusion group {shared[0]}, and {upper} ranks higher"
        elif (upper.pk, lower) in excluded:
            reasons[number] = f"{upper} excludes it"
        else:
            reasons[number] = f"{upper} is a full stop above it" if upper.blocks_all_below else ""
    return reasons


def groups_by_segment(segments: Iterable[int] | None = None) -> dict[int, set[str]]:
    """The names of the exclusion groups by segment: of these, or of all."""
    rows = ExclusionGroup.segments.through.objects.all()
    rows = rows if segments is None else rows.filter(segment_id__in=segments)
    found: dict[int, set[str]] = {}
    for segment, name in rows.values_list("segment_id", "exclusiongroup__name"):
        found.setdefault(segment, set()).add(name)
    return found
