"""Events and properties that came steadily and have ceased.

Something is **silent** when it has not come for more than 7 days, though it had come on 20 of the 28 days before its last
coming or more (days of 24 hours, counted back from it). What comes now and then is never silent by this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.rows import rows_of
from customers.models import CatalogueProperty

QUIET = timedelta(days=7)
STEADY = 20


@dataclass(frozen=True)
class Silence:
    """What ceased, in words; for how many whole days; on how many of the 28 days before its last coming it came, and the
    source of the last one."""

    what: str
    days: int
    days_of_28: int
    source: str


_DAYS = """
SELECT count(*) FROM generate_series(1, 28) AS back WHERE EXISTS (
    SELECT FROM customers_event e WHERE e.name_id = {name} AND e.time > {last} - back * interval '1 day'
    AND e.time <= {last} - (back - 1) * interval '1 day'{also})"""

_SOURCE = """
SELECT s.name FROM customers_event e JOIN customers_source s ON s.id = e.source_id
WHERE e.name_id = {name} AND e.time <= {last}{also} ORDER BY e.time DESC LIMIT 1"""

_EVENTS = f"""
SELECT name, last, days, coalesce(({_SOURCE.format(name="found.id", last="found.last", also="")}), '') FROM (
    SELECT asked.*, ({_DAYS.format(name="asked.id", last="asked.last", also="")}) AS days FROM (
        SELECT n.id, n.name,
               (SELECT max(e.time) FROM customers_event e WHERE e.name_id = n.id AND e.time <= %(now)s) AS last
        FROM customers_eventname n WHERE n.name = ANY(%(names)s)
    ) AS asked WHERE asked.last < %(before)s
) AS found WHERE days >= %(steady)s"""

_WITH_PROPERTY = " AND jsonb_exists(e.properties, %(key)s)"
# Whether the event came lately, and whether one of these had the property.
_LATELY = f"""
SELECT EXISTS (SELECT FROM customers_event e WHERE e.name_id = %(name)s AND e.time > %(before)s AND e.time <= %(now)s),
       EXISTS (SELECT FROM customers_event e WHERE e.name_id = %(name)s AND e.time > %(before)s AND e.time <= %(now)s
               {_WITH_PROPERTY})"""
_PROPERTY = f"""
SELECT ({_DAYS.format(name="%(name)s", last="%(last)s::timestamptz", also=_WITH_PROPERTY)}),
       coalesce(({_SOURCE.format(name="%(name)s", last="%(last)s::timestamptz", also=_WITH_PROPERTY)}), '')"""


def silent_events(names: Collection[str], *, now: datetime) -> dict[str, Silence]:
    """Those of some event names that are silent."""
    asked = {"names": list(names), "now": now, "before": now - QUIET, "steady": STEADY}
    found = rows_of(_EVENTS, **asked) if names else []
    return {name: Silence(f"“{name}”", (now - last).days, days, source) for name, last, days, source in found}


def silent_properties(pairs: Collection[tuple[str, str]], *, now: datetime) -> dict[tuple[str, str], Silence]:
    """Those of some properties (by the name of their event) that are silent while their event came within the 7 days. The
    catalogue says when a property came last; the events have to say the same."""
    wanted = CatalogueProperty.objects.filter(
        name__name__in={name for name, _ in pairs}, key__in={key for _, key in pairs}, last_seen_at__lt=now - QUIET
    ).select_related("name")
    found = {}
    for one in wanted:
        pair = (one.name.name, one.key)
        asked = {"name": one.name_id, "key": one.key, "before": now - QUIET, "now": now}
        if pair in pairs and rows_of(_LATELY, **asked) == [(True, False)]:
            ((days, source),) = rows_of(_PROPERTY, name=one.name_id, key=one.key, last=one.last_seen_at)
            if days >= STEADY:
                words = f"the property “{one.key}” of “{one.name.name}”"
                found[pair] = Silence(words, (now - one.last_seen_at).days, days, source)
    return found
