"""The audit log: entries by who, what, on which object and when; and what differs between before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from common.asked import instant_in, text_in
from common.pagination import Order
from customers.models import AuditEntry

LATEST = Order(("at", "id"), descending=True)


@dataclass(frozen=True)
class Wanted:
    """What is asked of the log; empty where it does not matter. `since` is in, `until` is not."""

    who: str = ""
    action: str = ""
    kind: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """From the parameters of an address. Raises ValueError, naming the parameter, for a time that is none."""
        words = {name: text_in(parameters.get(name, "")).strip() for name in ("who", "action", "object")}
        since = _instant("from", parameters.get("from", ""), end=False)
        until = _instant("to", parameters.get("to", ""), end=True)
        return cls(**words, kind=text_in(parameters.get("type", "")).strip(), since=since, until=until)

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked at all."""
        return self != Wanted()


def _instant(name: str, text: str, *, end: bool) -> datetime | None:
    """An instant, or a UTC day: its beginning, or its end. Without a zone an instant is UTC."""
    text = text.strip()
    if not text:
        return None
    try:
        if day := parse_date(text):
            return datetime.combine(day, time(), UTC) + timedelta(days=end)
    except (ValueError, OverflowError) as error:
        raise ValueError(name) from error
    found = instant_in(text)
    if found is None:
        raise ValueError(name)
    return found


def entries_wanted(wanted: Wanted) -> QuerySet[AuditEntry]:
    """The entries that fit, in no order. Who, action and object are found by a part of them; the type is exact."""
    found = AuditEntry.objects.all()
    if wanted.who:
        found = found.filter(actor__icontains=wanted.who)
    if wanted.action:
        found = found.filter(action__icontains=wanted.action)
    if wanted.kind:
        found = found.filter(object_type=wanted.kind)
    if wanted.object:
        found = found.filter(object_id__icontains=wanted.object)
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    return found.filter(at__lt=wanted.until) if wanted.until else found


def kinds_of_objects() -> list[str]:
    """The types of what was changed so far."""
    return sorted(AuditEntry.objects.order_by().values_list("object_type", flat=True).distinct())


@dataclass(frozen=True)
class Line:
    """One value of what was changed, by its place; None where there was none (null is written `null`)."""

    place: str
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def lines_of(before: Any, after: Any) -> list[Line]:
    """Before and after side by side, one line for each value in either; lists of plain values are one value."""
    old, new = dict(_leaves("", before)), dict(_leaves("", after))
    return [Line(place, old.get(place), new.get(place)) for place in {**old, **new}]


def _leaves(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if value is None and not place:
        return
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{place}.{key}" if place else str(key), inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _leaves(f"{place}.{number}" if place else str(number), inner)
    else:
        yield place, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
