"""Holding customers while their membership is decided: two workers never hold one, and nobody here waits for another.

Whoever decides locks the customer's row, and takes only rows that are free. So no two of them can wait for each other,
and an ingest that needs the row waits for one batch at most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from common.prepared import prepared_cursor


@dataclass(frozen=True)
class Dirty:
    """A claimed dirty customer as it was at the claim."""

    customer: int
    generation: int
    causes: dict[str, Any]
    last_marked_at: datetime


_CLAIM = """
SELECT d.customer_id, d.generation, d.causes, d.last_marked_at
FROM customers_dirtycustomer d JOIN customers_customer c ON c.id = d.customer_id
ORDER BY d.marked_at LIMIT %s
FOR UPDATE OF d SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED"""

_HOLD = """
SELECT id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"""

# The queue is full of rows that are gone: each row is looked up by its key, which a join alone would not make sure of.
_RELEASE = """
WITH released AS (
    DELETE FROM customers_dirtycustomer d
    USING unnest(%(customers)s::bigint[], %(generations)s::bigint[]) AS done(customer_id, generation)
    WHERE d.customer_id = ANY(%(customers)s) AND d.customer_id = done.customer_id AND d.generation = done.generation
    RETURNING d.customer_id
)
INSERT INTO segmentation_lookedat (customer_id) SELECT customer_id FROM released
WHERE EXISTS (SELECT FROM segmentation_job WHERE kind = 'rebuild' AND state IN ('waiting', 'running'))
ON CONFLICT (customer_id) DO UPDATE SET transaction = excluded.transaction"""

_CHANGED = """
SELECT customer_id, generation FROM customers_dirtycustomer WHERE customer_id = ANY(%(customers)s)
UNION ALL
SELECT customer_id, NULL FROM segmentation_lookedat WHERE customer_id = ANY(%(customers)s) AND transaction >= %(since)s"""

_MOVED = """
UNION ALL
SELECT customer_id, NULL FROM segmentation_membershipchange
WHERE segment_id = ANY(%(read)s) AND customer_id = ANY(%(customers)s) AND transaction >= %(since)s"""

_FORGET = """
DELETE FROM segmentation_lookedat
WHERE transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AND NOT EXISTS (
    SELECT FROM segmentation_job WHERE kind = 'rebuild' AND state IN ('waiting', 'running') AND id <> %s)"""


def claim_dirty(limit: int) -> list[Dirty]:
    """Claim the customers that wait longest, oldest first; those that somebody holds are left to them."""
    with prepared_cursor(values=limit) as cursor:
        cursor.execute(_CLAIM, [limit])
        return [Dirty(row[0], row[1], msgspec.json.decode(row[2]), row[3]) for row in cursor.fetchall()]


def release_dirty(claimed: Sequence[Dirty]) -> None:
    """Take the claimed rows off the queue, except one that was marked again meanwhile.

    While a rebuild is open, it is noted whom the live path looked at: what the rebuild asked before may be out of date.
    """
    with prepared_cursor(values=len(claimed)) as cursor:
        values = {"customers": [one.customer for one in claimed], "generations": [one.generation for one in claimed]}
        cursor.execute(_RELEASE, values)


def hold(customers: Collection[int]) -> tuple[set[int], list[int]]:
    """Lock those of the customers that nobody holds, until the transaction ends.

    Returns them, and those that somebody holds and that are to be asked for again; whoever is gone is in neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [sorted(customers)])
        held = {row[0] for row in cursor.fetchall()}
        missing = sorted(set(customers) - held)
        if not missing:
            return held, []
        cursor.execute("SELECT id FROM customers_customer WHERE id = ANY(%s) ORDER BY id", [missing])
        return held, [row[0] for row in cursor.fetchall()]


def changed(
    customers: Collection[int], *, since: int, generations: Mapping[int, int], read: Collection[int]
) -> set[int]:
    """Those of the held customers about whom an answer may be out of date that was read in a snapshot after `since`.

    Whatever changes a customer marks them in the same transaction. So they are dirty now, and were not (or less) when
    `generations` of the dirty were read; or they were evaluated in between; or they moved in a segment that was `read`.
    """
    values: dict[str, Any] = {"customers": list(customers), "since": since, "read": list(read)}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED + _MOVED if read else _CHANGED, values)
        return {
            customer
            for customer, generation in cursor.fetchall()
            if generation is None or generations.get(customer) != generation
        }


def forget_looks(*, job: int) -> None:
    """Drop the notes on looks that no open rebuild can ask for: this one has yet to read, and there is no other."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [job])
