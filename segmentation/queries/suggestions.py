"""What the builder offers while somebody types: names of events, properties, attributes and their values, with counts.

Asked of the database each time, by small indexed queries: a suggestion is never older than the event that taught it.
Counts of values come from the newest events or customers only, and are capped; they say what is common, not how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from common.rows import rows_of
from customers.models import CatalogueAttribute, CatalogueProperty, EventName
from segmentation.rules.catalogue import BUILT_IN, EVENT_BUILT_IN, ORDER_TRAITS

SHOWN = 20
COUNTED = 10_000
LOOKED_AT = 3_000
RECENT = timedelta(days=30)

Suggestion = dict[str, Any]

# Columns of a customer; every other attribute lies under its key in the JSON.
_COLUMNS = frozenset({"user_id", "email", "phone", "timezone"})
_LOWER = 'lower({} COLLATE "pg_unicode_fast")'


def _matching(column: str) -> str:
    return f"{_LOWER.format(column)} LIKE {_LOWER.format('%(like)s')}"


def _like(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


_EVENTS = f"""
SELECT n.name, (SELECT count(*) FROM (
    SELECT 1 FROM customers_event e WHERE e.name_id = n.id AND e.time > %(since)s LIMIT {COUNTED}) counted)
FROM customers_eventname n WHERE {_matching("n.name")}
ORDER BY {_LOWER.format("n.name")} LIMIT %(shown)s"""


def events_like(text: str, *, now: datetime) -> list[Suggestion]:
    """Names of events that hold a text, the most frequent of the last 30 days first."""
    found = rows_of(_EVENTS, like=_like(text), since=now - RECENT, shown=SHOWN * 3)
    found.sort(key=lambda row: -row[1])
    return [_counted(name, count) for name, count in found[:SHOWN]]


_FREQUENCIES = f"""
SELECT n.name, (SELECT count(*) FROM (
    SELECT 1 FROM customers_event e WHERE e.name_id = n.id AND e.time > %(since)s LIMIT {COUNTED}) counted)
FROM customers_eventname n WHERE n.name = ANY(%(names)s)"""


def frequencies_of(names: Sequence[str], *, now: datetime) -> dict[str, int]:
    """How often events of these names came in the last 30 days, counted up to a cap."""
    return dict(rows_of(_FREQUENCIES, names=list(names), since=now - RECENT))


def _counted(value: str, count: int, cap: int = COUNTED) -> Suggestion:
    return {"value": value, "count": count, "more": count >= cap}


def properties_like(text: str, *, events: Sequence[str]) -> list[Suggestion]:
    """Properties seen on events of these names (of any name where none is given), with their types, then the built-in ones."""
    rows = CatalogueProperty.objects.order_by("key")
    if events and "*" not in events:
        rows = rows.filter(name__name__in=events)
    types: dict[str, str] = dict(rows.values_list("key", "type"))
    found = {**types, **{key: str(type_) for key, type_ in EVENT_BUILT_IN.items()}}
    wanted = [key for key in found if text.lower() in key.lower()]
    return [_typed(key, found[key], certain=key in EVENT_BUILT_IN) for key in wanted[:SHOWN]]


def _typed(key: str, type_: str, *, certain: bool) -> Suggestion:
    return {"value": key, "label": key, "type": type_, "certain": certain, "note": type_}


def attributes_like(text: str, *, type_: str = "", limit: int = SHOWN) -> list[Suggestion]:
    """Attributes whose key holds a text, the built-in and computed ones first; of one type where that is asked."""
    offered = _attributes()
    wanted = [one for one in offered if _holds(one, text) and type_ in ("", one["type"])]
    return wanted[:limit]


def _holds(entry: Suggestion, text: str) -> bool:
    return text.lower() in entry["value"].lower() or text.lower() in entry["label"].lower()


def _attributes() -> list[Suggestion]:
    declared = {key: str(type_) for key, type_ in {**BUILT_IN, **ORDER_TRAITS}.items()}
    found = {key: _typed(key, type_, certain=True) for key, type_ in declared.items()}
    for row in CatalogueAttribute.objects.order_by("key"):
        if row.key not in declared:
            found[row.key] = _typed(row.key, row.type, certain=row.edited_at is not None)
    for entry in found.values():
        entry["label"] = entry["value"].replace("_", " ")
    return list(found.values())


_PROPERTY_VALUES = f"""
SELECT value, count(*) FROM (
    SELECT properties ->> %(key)s AS value, jsonb_typeof(properties -> %(key)s) AS kind
    FROM customers_event WHERE name_id = ANY(%(names)s) ORDER BY time DESC LIMIT {LOOKED_AT}) newest
WHERE kind IN ('string', 'number', 'boolean') AND {_matching("value")}
GROUP BY value ORDER BY count(*) DESC, value LIMIT {SHOWN}"""

_STORES = {"$store": "store", "$source": "(SELECT name FROM customers_source WHERE id = source_id)"}


def property_values_like(text: str, *, events: Sequence[str], key: str) -> list[Suggestion]:
    """Values that the newest events of these names have under a property, the most frequent first."""
    names = list(EventName.objects.filter(name__in=events).values_list("id", flat=True))
    sql = _PROPERTY_VALUES
    if key in _STORES:
        sql = sql.replace("properties ->> %(key)s", _STORES[key])
        sql = sql.replace("jsonb_typeof(properties -> %(key)s)", "'string'")
    return [_counted(value, count, LOOKED_AT) for value, count in rows_of(sql, key=key, names=names, like=_like(text))]


_VALUES_NAMED = f"""
SELECT key, value, count(*) FROM (
    SELECT properties FROM customers_event WHERE name_id = (SELECT id FROM customers_eventname WHERE name = %(name)s)
    ORDER BY time DESC LIMIT {LOOKED_AT}) newest,
    LATERAL jsonb_each_text(newest.properties) AS each(key, value)
WHERE jsonb_typeof(newest.properties -> key) = 'string' AND {_LOWER.format("value")} LIKE {_LOWER.format("%(like)s")}
GROUP BY key, value
ORDER BY {_LOWER.format("value")} = {_LOWER.format("%(text)s")} DESC, count(*) DESC, key, value LIMIT {{many}}"""


def values_named(text: str, *, event: str, many: int = 3) -> list[tuple[str, str]]:
    """Properties of the newest events of a name with a text value that begins with a text: `(property, value)`, those that
    are it first, then the most frequent."""
    found = rows_of(_VALUES_NAMED.replace("{many}", str(int(many))), name=event, text=text, like=_like(text)[1:])
    return [(key, value) for key, value, _ in found]


_ATTRIBUTE_VALUES = f"""
SELECT value, count(*) FROM (
    SELECT {{value}} AS held FROM customers_customer ORDER BY last_seen_at DESC, id DESC LIMIT {COUNTED}) newest,
    LATERAL jsonb_array_elements_text(CASE jsonb_typeof(held) WHEN 'array' THEN held WHEN 'object' THEN '[]'::jsonb
        ELSE jsonb_build_array(held) END) AS value
WHERE {_matching("value")} GROUP BY value ORDER BY count(*) DESC, value LIMIT {SHOWN}"""


def attribute_values_like(text: str, *, key: str) -> list[Suggestion]:
    """Values that the customers seen last have under an attribute (items, where it is a list), the most frequent first.

    Traits are computed, not stored: they have none to offer.
    """
    if key in ORDER_TRAITS or key in ("known", "age"):
        return []
    sql = _ATTRIBUTE_VALUES.format(value=f"to_jsonb({key})" if key in _COLUMNS else "attributes -> %(key)s")
    return [_counted(value, count) for value, count in rows_of(sql, key=key, like=_like(text))]
