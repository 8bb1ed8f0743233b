"""What settles a conflict of two segments by one setting of the portfolio: which settings would, and setting one of them.

Each goes through the verbs of the portfolio (segmentation/governance.py), so it can be tried first like any change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from segmentation import governance
from segmentation.errors import GovernanceError
from segmentation.govern import Portfolio
from segmentation.models import ExclusionGroup, Segment
from segmentation.models.segment import Status
from segmentation.portfolio import portfolio_of
from segmentation.queries.ranked import ranked_segments
from segmentation.queries.suppression import groups_by_segment
from segmentation.regovern import Effect

JOIN = "join:"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One setting that would change what a pair does: `raise`, `group`, `join:NAME`, `exclude` or `end-exclusion`."""

    key: str
    short: str
    label: str
    says: str


@dataclass(frozen=True)
class Settings:
    """The portfolio as it stands, read once for any number of pairs; group names by segment."""

    portfolio: Portfolio
    groups: Mapping[int, set[str]]


def settings_now() -> Settings:
    """What remedies are chosen by."""
    live = Segment.objects.filter(status=Status.LIVE).only("rank", "blocks_all_below")
    return Settings(portfolio_of(live), groups_by_segment())


def remedies_of(upper: Segment, lower: Segment, settings: Settings) -> list[Remedy]:
    """The remedies that change something for two live segments, the higher rank first."""
    return [*_apart(upper, lower, settings), *_ranks(upper, lower, settings)]


def take_remedy(
    *, remedy: str, upper: Segment, lower: Segment, dry_run: bool, by: User | None, now: datetime
) -> Effect:
    """Set what the remedy says, or say what that would do. Raises GovernanceError (`no_remedy`) for one that is not offered."""
    if remedy not in {one.key for one in remedies_of(upper, lower, settings_now())}:
        raise GovernanceError(
            "no_remedy", "This would change nothing for the two any more. Look at the conflict again."
        )
    why = f"Settles {upper.name} and {lower.name}"
    how: dict[str, Any] = {"dry_run": dry_run, "by": by, "reason": "" if dry_run else why, "now": now}
    if remedy == "raise":
        return governance.set_priorities(segments=_order(lower, upper), **how)
    if remedy in ("exclude", "end-exclusion"):
        excludes = [*upper.exclusions.exclude(excludes=lower).values_list("excludes__slug", flat=True)]
        excludes += [lower.slug] if remedy == "exclude" else []
        return governance.put_exclusion(segment=upper.slug, excludes=excludes, **how)
    name = group_name(upper, lower) if remedy == "group" else remedy.removeprefix(JOIN)
    members = list(Segment.objects.filter(exclusion_groups__name=name).values_list("slug", flat=True))
    together = [*dict.fromkeys([*members, upper.slug, lower.slug])]
    return governance.put_group(name=name, segments=together, **how)


def group_name(upper: Segment, lower: Segment) -> str:
    """The name of a new group of the two, with a number behind it where there is one of that name."""
    plain = f"{upper.name} or {lower.name}"[:90]
    taken = set(ExclusionGroup.objects.filter(name__startswith=plain).values_list("name", flat=True))
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain} {number}", number + 1
    return name


def _apart(upper: Segment, lower: Segment, settings: Settings) -> Iterator[Remedy]:
    """The settings that keep two from being active together, or that let them be again."""
    if lower.pk in settings.portfolio.excludes.get(upper.pk, ()):
        says = f"“{upper.name}” silences “{lower.name}” no longer; both may speak to a customer in both."
        yield Remedy("end-exclusion", "End the exclusion", "End the exclusion", says)
        return
    ours, theirs = (settings.groups.get(one.pk, set()) for one in (upper, lower))
    if ours & theirs:
        return
    says = f"For a customer in both only “{upper.name}” speaks, which ranks higher."
    yield Remedy("group", "Group", "Put both in an exclusion group", says)
    for name in sorted(ours | theirs):
        added = f"Of all segments in the group only the highest-ranking one speaks to a customer. {says}"
        yield Remedy(f"{JOIN}{name}", f"Group “{name}”", f"Put both in the group “{name}”", added)
    silent = f"While “{upper.name}” is active for a customer, “{lower.name}” is silent."
    yield Remedy("exclude", "Exclude", f"Let “{upper.name}” exclude “{lower.name}”", silent)


def _ranks(upper: Segment, lower: Segment, settings: Settings) -> Iterator[Remedy]:
    """The other order, where it decides which of the two speaks: in a group of both, or beside a full stop."""
    ours, theirs = (settings.groups.get(one.pk, set()) for one in (upper, lower))
    if lower.pk in settings.portfolio.excludes.get(upper.pk, ()):
        return
    if ours & theirs or settings.portfolio.full_stops & {upper.pk, lower.pk}:
        says = f"“{lower.name}” then goes before “{upper.name}”, and before those that rank between."
        yield Remedy("raise", "Rank", f"Rank “{lower.name}” right above “{upper.name}”", says)


def _order(moved: Segment, target: Segment) -> list[str]:
    """All ranked segments by slug, with one of them right above another."""
    order = list(ranked_segments().exclude(pk=moved.pk).values_list("slug", flat=True))
    order.insert(order.index(target.slug), moved.slug)
    return order
