"""What a change of the portfolio's settings says, in words: what it is about, and from what to what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from common.pagination import Order
from segmentation.models import GovernanceChange, Segment
from segmentation.reorder import moved
from segmentation.rules.nodes import Duration
from segmentation.rules.wording import duration, listed

LATEST = Order(("number",), descending=True)
Setting = GovernanceChange.Setting
# So many moves are told one by one; a new order of everything is not.
MOST_MOVES = 8
SMOOTHING = {"min_stay": "minimum stay", "exit_grace": "exit grace", "re_entry_pause": "re-entry pause"}


@dataclass(frozen=True)
class Told:
    """A change with what it says, and the change that undid it, where one did."""

    change: GovernanceChange
    says: Sequence[str]
    undone_by: int | None

    @property
    def effect(self) -> Mapping[str, Any]:
        return self.change.effect


def changes(setting: str = "") -> QuerySet[GovernanceChange]:
    """The changes of one setting, or of all."""
    rows = GovernanceChange.objects.select_related("by", "undoes").prefetch_related("undone_by")
    return rows.filter(setting=setting) if setting else rows


def names_now() -> dict[str, str]:
    """The segments by their slugs, as they are called now."""
    return dict(Segment.objects.values_list("slug", "name"))


def told(rows: Sequence[GovernanceChange]) -> list[Told]:
    """The changes in words."""
    names = names_now()
    return [told_one(row, names) for row in rows]


def told_one(row: GovernanceChange, names: Mapping[str, str]) -> Told:
    """One change in words."""
    words = says(setting=row.setting, about=row.about, before=row.before, after=row.after, names=names)
    return Told(row, words, max((one.number for one in row.undone_by.all()), default=None))


def says(*, setting: str, about: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    """What changes, one sentence each; nothing where the two are the same."""
    return SAID[setting](names.get(about, about), before, after, names)


def _order(_: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    moves = moved(before, after)
    if len(moves) > MOST_MOVES:
        return [f"A new order: {len(moves)} of {len(after)} segments move"]
    return [f"{names.get(one, one)} moves from rank {before.index(one) + 1} to {after.index(one) + 1}" for one in moves]


def _group(_: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    if before is None or after is None:
        side = after or before
        kind = "New group" if after else "The end of group"
        return [f"{kind} {side['name']}: {_named(side['segments'], names)}"] if side else []
    said = [f"{before['name']} is called {after['name']}"] if before["name"] != after["name"] else []
    more = [one for one in after["segments"] if one not in before["segments"]]
    less = [one for one in before["segments"] if one not in after["segments"]]
    said += [f"{_named(more, names)} {'joins' if len(more) == 1 else 'join'} {after['name']}"] if more else []
    return said + ([f"{_named(less, names)} {'leaves' if len(less) == 1 else 'leave'} {after['name']}"] if less else [])


def _exclusion(name: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    more, less = [one for one in after if one not in before], [one for one in before if one not in after]
    said = [f"{name} excludes {_named(more, names)}"] if more else []
    return said + ([f"{name} excludes {_named(less, names)} no longer"] if less else [])


def _full_stop(name: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    if bool(before) == bool(after):
        return []
    return [f"{name} is a full stop: it silences everything below" if after else f"{name} is a full stop no longer"]


def _hysteresis(name: str, before: Any, after: Any, names: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: {SMOOTHING.get(key, key)} from {_length(before[key])} to {_length(after[key])}"
        for key in after
        if before[key] != after[key]
    ]


def _length(value: Any) -> str:
    return duration(Duration(int(value["amount"]), str(value["unit"]))) if value else "none"


def _named(slugs: Sequence[str], names: Mapping[str, str]) -> str:
    return listed([names.get(one, one) for one in slugs], "and")


SAID: dict[str, Callable[[str, Any, Any, Mapping[str, str]], list[str]]] = {
    Setting.ORDER: _order,
    Setting.GROUP: _group,
    Setting.EXCLUSION: _exclusion,
    Setting.FULL_STOP: _full_stop,
    Setting.HYSTERESIS: _hysteresis,
}
