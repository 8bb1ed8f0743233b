"""Change the portfolio's settings: order, groups, exclusions, full stops, hysteresis. Each can be tried first.

With `dry_run` nothing is stored; the answer says how many memberships would be suppressed and released. A change is one
instant: whoever holds two of the segments concerned gets new verdicts in the same transaction, which also writes the change
down, so that it can be taken back (`undo`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from customers import audit
from customers.bell import ring
from customers.mark import mark
from segmentation.asked_settings import (
    check_above,
    check_agreed,
    check_duration,
    check_exclusions,
    group_named,
    in_order,
    segment_named,
    segments_named,
    unknown,
)
from segmentation.causes import Cause
from segmentation.errors import GovernanceError
from segmentation.govern import Portfolio
from segmentation.models import DueLook, Exclusion, ExclusionGroup, GovernanceChange, Membership, Segment
from segmentation.portfolio import hold_alone, hold_still, open_book
from segmentation.queries.ranked import ranked_segments
from segmentation.regovern import Effect, turn, would_turn

Actor = User | None
Setting = GovernanceChange.Setting

# What else a change would stop, by name, asked while it is only tried. A higher app adds its question at start.
ALSO_STOPS: list[Callable[[Effect], Mapping[str, int]]] = []


def set_priorities(
    *,
    segments: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool = False,
    by: Actor,
    reason: str = "",
    now: datetime,
) -> Effect:
    """Put the named segments (slugs) first, in this order; those not named follow in the order they had.

    `known` is the order that whoever asks has seen: where it is not the stored one any more, nothing is changed.
    """
    with transaction.atomic():
        hold(dry_run)
        ranked = list(ranked_segments())
        before = [segment.slug for segment in ranked]
        check_agreed(known, before)
        order, portfolio = in_order(segments, ranked), open_book().portfolio
        check_exclusions({segment.slug: place for place, segment in enumerate(order)}, pointer="/segments")
        concerned = _turned_round([one.pk for one in ranked], [one.pk for one in order], portfolio)
        places = {segment.pk: place for place, segment in enumerate(order, 1)}
        if dry_run:
            ranks = {segment: places[segment] for segment in portfolio.ranks}
            return _tried(portfolio, replace(portfolio, ranks=ranks), concerned, 2)
        for segment in ranked:
            if segment.rank != places[segment.pk]:
                Segment.objects.filter(pk=segment.pk).update(rank=places[segment.pk], updated_at=now)
        change = _Change(Setting.ORDER, "", before, [segment.slug for segment in order], by, now, reason)
        return _made(change, portfolio, concerned, 2)


def put_group(
    *,
    name: str,
    segments: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool = False,
    by: Actor,
    reason: str = "",
    now: datetime,
) -> Effect:
    """Make the exclusion group of that name hold exactly these segments; with fewer than two it goes."""
    with transaction.atomic():
        hold(dry_run)
        members = segments_named(segments, pointer="/segments")
        members = members if len(members) > 1 else []
        name, portfolio = group_named(name), open_book().portfolio
        held = dict(Segment.objects.filter(exclusion_groups__name=name).values_list("pk", "slug"))
        before, after = sorted(held.values()), sorted(segment.slug for segment in members)
        check_agreed(known, before)
        together = {segment.pk for segment in members}
        if dry_run:
            return _tried(portfolio, portfolio.regrouped(held, together), held.keys() | together, 2)
        group, _ = ExclusionGroup.objects.get_or_create(name=name, defaults={"created_at": now})
        if members:
            group.segments.set(members)
        else:
            group.delete()
        change = _Change(Setting.GROUP, name, _group(name, before), _group(name, after), by, now, reason)
        return _made(change, portfolio, held.keys() | together, 2)


def rename_group(*, name: str, to: str, dry_run: bool = False, by: Actor, reason: str = "", now: datetime) -> Effect:
    """Give an exclusion group another name."""
    with transaction.atomic():
        hold(dry_run)
        group, to = ExclusionGroup.objects.filter(name=name.strip()).first(), group_named(to)
        if group is None:
            raise GovernanceError("unknown_group", f"There is no exclusion group “{name.strip()}”.", pointer="/name")
        if to != group.name and ExclusionGroup.objects.filter(name=to).exists():
            message = f"There is an exclusion group “{to}” already. Choose another name."
            raise GovernanceError("name_taken", message, pointer="/to")
        segments = sorted(group.segments.values_list("slug", flat=True))
        if dry_run:
            return Effect()
        before, group.name = _group(group.name, segments), to
        group.save(update_fields=["name"])
        change = _Change(Setting.GROUP, name.strip(), before, _group(to, segments), by, now, reason)
        return _made(change, open_book().portfolio, set(), 2)


def put_exclusion(
    *,
    segment: str,
    excludes: Sequence[str],
    known: Sequence[str] | None = None,
    dry_run: bool = False,
    by: Actor,
    reason: str = "",
    now: datetime,
) -> Effect:
    """Make the segment, while active, silence exactly these. Each has to rank below it."""
    with transaction.atomic():
        hold(dry_run)
        upper = segment_named(segment)
        lower = segments_named(excludes, pointer="/excludes")
        for index, one in enumerate(lower):
            check_above(upper.slug, upper.rank or 0, one.slug, one.rank or 0, pointer=f"/excludes/{index}")
        held, portfolio = dict(upper.exclusions.values_list("excludes", "excludes__slug")), open_book().portfolio
        before, after = sorted(held.values()), sorted(one.slug for one in lower)
        check_agreed(known, before)
        below = {one.pk for one in lower}
        concerned = {upper.pk, *held, *below}
        if dry_run:
            return _tried(portfolio, portfolio.excluding(upper.pk, below), concerned, 2)
        upper.exclusions.exclude(excludes__in=lower).delete()
        Exclusion.objects.bulk_create(
            [Exclusion(segment=upper, excludes=one, created_at=now) for one in lower], ignore_conflicts=True
        )
        change = _Change(Setting.EXCLUSION, upper.slug, before, after, by, now, reason)
        return _made(change, portfolio, concerned, 2)


def set_full_stop(
    *, segment: str, blocks_all_below: bool, dry_run: bool = False, by: Actor, reason: str = "", now: datetime
) -> Effect:
    """Make the segment, while active, silence all that rank below it; or no longer."""
    with transaction.atomic():
        hold(dry_run)
        upper = Segment.objects.filter(slug=segment).first()
        if upper is None:
            raise unknown(segment, pointer="/segment")
        portfolio, before = open_book().portfolio, upper.blocks_all_below
        concerned = {upper.pk} if before != blocks_all_below else set()
        if dry_run:
            return _tried(portfolio, portfolio.stopped(upper.pk, full=blocks_all_below), concerned, 1)
        upper.blocks_all_below, upper.updated_at = blocks_all_below, now
        upper.save(update_fields=["blocks_all_below", "updated_at"])
        change = _Change(Setting.FULL_STOP, upper.slug, before, blocks_all_below, by, now, reason)
        return _made(change, portfolio, concerned, 1)


def try_place(*, segment: Segment, blocks_all_below: bool, segments: Sequence[str]) -> Effect:
    """What `set_full_stop` and, after it, `set_priorities` would do together; nothing is stored, and nobody is held up."""
    with transaction.atomic():
        hold_still()
        ranked = list(ranked_segments())
        order, before = in_order(segments, ranked), open_book().portfolio
        places = {one.pk: place for place, one in enumerate(order)}
        check_exclusions({one.slug: places[one.pk] for one in order}, pointer="/segments")
        after = before.stopped(segment.pk, full=blocks_all_below)
        concerned = _turned_round([one.pk for one in ranked], [one.pk for one in order], after)
        stop = {segment.pk} if segment.blocks_all_below != blocks_all_below else set()
        after = replace(after, ranks={one: places[one] for one in before.ranks})
        return _tried(before, after, concerned | stop, 1 if stop else 2)


def set_hysteresis(
    *, segment: Segment, settings: Mapping[str, Any], dry_run: bool = False, by: Actor, reason: str = "", now: datetime
) -> Effect:
    """Set `min_stay`, `exit_grace`, `re_entry_pause` (durations as written, or null), those that `settings` names.

    Customers who wait for one of them are looked at again, since their waiting may be over.
    """
    for name, value in settings.items():
        check_duration(name, value)
    with transaction.atomic():
        hold(dry_run)
        segment = (Segment.objects.all() if dry_run else Segment.objects.select_for_update()).get(pk=segment.pk)
        before = {name: getattr(segment, name) for name in settings}
        if before == dict(settings):
            return Effect()
        waiting = {*DueLook.objects.filter(segment=segment).values_list("customer_id", flat=True)} | {
            *Membership.objects.filter(segment=segment, false_since__isnull=False).values_list("customer_id", flat=True)
        }
        if dry_run:
            return Effect(looked_at=len(waiting))
        for name, value in {**settings, "updated_at": now}.items():
            setattr(segment, name, value)
        segment.save(update_fields=[*settings, "updated_at"])
        change = _Change(Setting.HYSTERESIS, segment.slug, before, dict(settings), by, now, reason)
        look = {f"look:{segment.slug}": change.cause().stored()}
        mark(causes=dict.fromkeys(waiting, look), now=now)
        transaction.on_commit(ring)
        return _noted(change, Effect(looked_at=len(waiting)))


DETAILS = {
    Setting.ORDER: "the order of the portfolio",
    Setting.GROUP: "exclusion group {}",
    Setting.EXCLUSION: "exclusions of {}",
    Setting.FULL_STOP: "full stop of {}",
    Setting.HYSTERESIS: "hysteresis of {}",
}


@dataclass(frozen=True)
class _Change:
    """One change of a setting: what it was, what it is, who made it and why."""

    setting: Setting
    about: str
    before: Any
    after: Any
    by: Actor
    now: datetime
    reason: str

    @property
    def detail(self) -> str:
        return DETAILS[self.setting].format(self.about)

    def cause(self) -> Cause:
        name = self.by.get_username() if self.by else "the system"
        return Cause("governance", id=self.setting.value, detail=f"{self.detail}, by {name}", at=self.now)


def hold(dry_run: bool) -> None:
    """Keep the settings as they are. Whoever changes them waits for evaluation; whoever tries does not hold it up."""
    (hold_still if dry_run else hold_alone)()


def _tried(before: Portfolio, after: Portfolio, concerned: Collection[int], least: int) -> Effect:
    """What a portfolio does in place of another, and what that stops, while no verdict has changed yet."""
    versions = {standing.id: standing.version for standing in open_book().segments.values()}
    effect = would_turn(portfolio=after, versions=versions, concerned=concerned, least=least, before=before)
    stops: dict[str, int] = {}
    for question in ALSO_STOPS:
        stops.update(question(effect))
    return replace(effect, stops=stops)


def _made(change: _Change, before: Portfolio, concerned: Collection[int], least: int) -> Effect:
    """Find the new verdicts of the settings as they now stand in this transaction, and store them."""
    effect = _tried(before, open_book().portfolio, concerned, least)
    turn(effect=effect, cause=change.cause(), now=change.now)
    return _noted(change, effect) if change.before != change.after else effect


def _noted(change: _Change, effect: Effect) -> Effect:
    """Write the change down: in the audit log, where the entry names the setting since the portfolio as a whole is no row,
    and as the next of the changes that can be taken back."""
    audit.note(
        actor=change.by,
        action=f"change {change.setting.value.replace('_', ' ')}",
        object=("governance", change.detail),
        before={"value": _logged(change, change.before)},
        after={"value": _logged(change, change.after)},
        note=change.reason,
        now=change.now,
    )
    slugs = dict(Segment.objects.filter(pk__in=[one.segment for one in effect.segments]).values_list("pk", "slug"))
    moved = [{"slug": slugs[one.segment], **one.counts} for one in effect.segments]
    counts = {"suppressed": effect.suppressed, "released": effect.released, **effect.stops, "segments": moved}
    last = GovernanceChange.objects.order_by("-number").values_list("number", flat=True).first()
    row = GovernanceChange.objects.create(
        number=(last or 0) + 1, setting=change.setting, about=change.about, before=change.before, after=change.after,
        effect={**counts, "looked_at": effect.looked_at}, reason=change.reason, by=change.by, at=change.now,
    )  # fmt: skip
    return replace(effect, change=row)


def _logged(change: _Change, value: Any) -> Any:
    """A value as the audit log has it: of a group the segments, or where it was renamed the names."""
    if change.setting != Setting.GROUP:
        return value
    names = {one["name"] for one in (change.before, change.after) if one}
    part = "name" if len(names) > 1 else "segments"
    return value[part] if value else []


def _group(name: str, segments: Sequence[str]) -> dict[str, Any] | None:
    """A group as a change keeps it; without segments there is none."""
    return {"name": name, "segments": list(segments)} if segments else None


def _turned_round(before: Sequence[int], after: Sequence[int], portfolio: Portfolio) -> set[int]:
    """The segments that changed places with one they have to do with: only whoever holds two of these can be concerned."""
    place = {segment: index for index, segment in enumerate(after)}
    concerned: set[int] = set()
    for index, upper in enumerate(before):
        for lower in before[index + 1 :]:
            if place[upper] > place[lower] and portfolio.linked(upper, lower):
                concerned |= {upper, lower}
    return concerned
