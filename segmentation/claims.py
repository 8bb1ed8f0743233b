"""Holding customers while their membership is decided: two workers never hold one, and nobody here waits for another.

Whoever decides locks the customer's row, and takes only rows that are free. So no two of them can wait for each other,
and an ingest that needs the row waits for one batch at most.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection


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

_RELEASE = """
DELETE FROM customers_dirtycustomer d USING unnest(%s::bigint[], %s::bigint[]) AS done(customer_id, generation)
WHERE d.customer_id = done.customer_id AND d.generation = done.generation"""


def claim_dirty(limit: int) -> list[Dirty]:
    """Claim the customers that wait longest, oldest first; those that somebody holds are left to them."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [limit])
        return [Dirty(row[0], row[1], json.loads(row[2]), row[3]) for row in cursor.fetchall()]


def release_dirty(claimed: Sequence[Dirty]) -> None:
    """Take the claimed rows off the queue, except one that was marked again meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [[one.customer for one in claimed], [one.generation for one in claimed]])


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
