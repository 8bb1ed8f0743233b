"""Appending events: the rows, the names they go by, and the running totals beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from common.prepared import prepared_cursor
from customers.tracking.values import encode

_COPY = """
COPY customers_event (customer_id, name_id, time, received_at, source_id, store, message_id, line, properties)
FROM STDIN
"""

_ADD_NAMES = """
INSERT INTO customers_eventname (name, first_received_at)
SELECT n, %s FROM unnest(%s::text[]) n ORDER BY n ON CONFLICT (name) DO NOTHING
"""

_TOTALS = """
INSERT INTO customers_eventtotal AS t (customer_id, name_id, count, first_at, last_at)
{rows}
ORDER BY 1, 2
ON CONFLICT (customer_id, name_id) DO UPDATE
SET count = t.count + excluded.count, first_at = least(t.first_at, excluded.first_at),
    last_at = greatest(t.last_at, excluded.last_at)
"""
_NEW = """
SELECT n.* FROM json_to_recordset(%s::json)
    AS n (customer bigint, name int, count bigint, first timestamptz, last timestamptz)
"""
_MOVED = """
SELECT m.kept, g.name_id, sum(g.count), min(g.first_at), max(g.last_at)
FROM unnest(%s::bigint[], %s::bigint[]) AS m (gone, kept) JOIN customers_eventtotal g ON g.customer_id = m.gone
GROUP BY 1, 2
"""

_COUNT_AGAIN = """
INSERT INTO customers_eventtotal (customer_id, name_id, count, first_at, last_at)
SELECT customer_id, name_id, count(*), min(time), max(time) FROM customers_event
WHERE customer_id = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(slots=True)
class Entry:
    """An event about to be appended; `line` numbers the derived lines of an order."""

    customer: int
    name: str
    time: datetime
    store: str | None
    message_id: str
    line: int | None
    properties: dict[str, Any]


def name_ids(names: Collection[str], *, now: datetime) -> dict[str, int]:
    """The small ids of event names; names never seen before get one."""
    found = _known_names(names)
    missing = sorted(set(names) - found.keys())
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(_ADD_NAMES, [now, missing])
        found |= _known_names(missing)
    return found


def _known_names(names: Collection[str]) -> dict[str, int]:
    if not names:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute("SELECT name, id FROM customers_eventname WHERE name = ANY(%s)", [list(names)])
        return dict(cursor.fetchall())


def append(entries: Sequence[Entry], *, ids: dict[str, int], source_id: int, received_at: datetime) -> None:
    """Write events in the order given, which is the order of their ids, and add them to the running totals."""
    if not entries:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.cursor.copy(_COPY) as copy:
        for entry in entries:
            copy.write_row(
                (
                    entry.customer,
                    ids[entry.name],
                    entry.time,
                    received_at,
                    source_id,
                    entry.store,
                    entry.message_id,
                    entry.line,
                    encode(entry.properties),
                )
            )
    _add_to_totals(entries, ids)


def _add_to_totals(entries: Sequence[Entry], ids: dict[str, int]) -> None:
    totals: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in entries:
        customer, name, time = entry.customer, ids[entry.name], entry.time
        total = totals.get((customer, name))
        if total is None:
            totals[customer, name] = {"customer": customer, "name": name, "count": 1, "first": time, "last": time}
            continue
        total["count"] += 1
        total["first"] = min(total["first"], time)
        total["last"] = max(total["last"], time)
    with prepared_cursor() as cursor:
        cursor.execute(_TOTALS.format(rows=_NEW), [encode(list(totals.values()))])


def add_totals(into: Mapping[int, int]) -> None:
    """Add the running totals of merged customers to those of the customers they were merged into."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(rows=_MOVED), [list(into), list(into.values())])


def count_again(customers: Collection[int]) -> None:
    """Make the running totals of customers anew from their events, after a merge was undone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_eventtotal WHERE customer_id = ANY(%s)", [list(customers)])
        cursor.execute(_COUNT_AGAIN, [list(customers)])
