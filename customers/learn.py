"""Learn from traffic what a rule may mention: attributes and properties with the type they came with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from common.prepared import prepared_cursor
from customers.tracking.moments import read_instant
from customers.tracking.traits import LONGEST_KEY
from customers.tracking.values import encode

# A row is written when it is new, and after that at most once in this long: traffic costs a look, not a write.
REMEMBERED = timedelta(hours=1)

_PROPERTIES = """
INSERT INTO customers_catalogueproperty AS p (name_id, key, type, first_seen_at, last_seen_at)
SELECT n.name_id, n.key, n.type, %(now)s, %(now)s
FROM json_to_recordset(%(rows)s::json) AS n (name_id int, key text, type text)
LEFT JOIN customers_catalogueproperty known ON known.name_id = n.name_id AND known.key = n.key
WHERE known.id IS NULL OR known.last_seen_at < %(before)s
ORDER BY 1, 2
ON CONFLICT (name_id, key) DO UPDATE SET last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at)
"""

_ATTRIBUTES = """
INSERT INTO customers_catalogueattribute AS a (key, type, origin, description, first_seen_at, last_seen_at)
SELECT n.key, n.type, 'custom', '', %(now)s, %(now)s
FROM json_to_recordset(%(rows)s::json) AS n (key text, type text)
LEFT JOIN customers_catalogueattribute known ON known.key = n.key
WHERE known.id IS NULL OR known.last_seen_at IS NULL OR known.last_seen_at < %(before)s
ORDER BY 1
ON CONFLICT (key) DO UPDATE
SET last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at),
    first_seen_at = coalesce(a.first_seen_at, excluded.first_seen_at)
"""


def learn(
    *, properties: Iterable[tuple[int, Mapping[str, Any]]], attributes: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """Note the properties of events (by the id of their name) and the attributes of customers that a batch brought."""
    seen: dict[tuple[int, str], str] = {}
    for name, values in properties:
        for key, value in values.items():
            if (name, key) not in seen and value is not None and len(key) <= LONGEST_KEY:
                seen[name, key] = type_of(value)
    told: dict[str, str] = {}
    for one in attributes:
        told |= {key: type_of(value) for key, value in one.items() if value is not None and key not in told}
    with prepared_cursor() as cursor:
        if seen:
            rows = [{"name_id": name, "key": key, "type": kind} for (name, key), kind in seen.items()]
            cursor.execute(_PROPERTIES, {"rows": encode(rows), "now": now, "before": now - REMEMBERED})
        if told:
            rows = [{"key": key, "type": kind} for key, kind in told.items()]
            cursor.execute(_ATTRIBUTES, {"rows": encode(rows), "now": now, "before": now - REMEMBERED})


def type_of(value: Any) -> str:
    """The type that a value is offered as: text, number, boolean, date, list, object."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, str):
        return "date" if read_instant(value) else "text"
    return "list" if isinstance(value, list) else "object"
