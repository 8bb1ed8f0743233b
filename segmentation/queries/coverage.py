"""How many customers any live segment knows, and whom none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from common.rows import rows_of

# Fewer than this many in a live segment is a finding of product.md: rules that leave one in twenty to nobody.
ENOUGH = 0.95

_SEGMENTS_A_CUSTOMER = """
SELECT c.known, coalesce(m.qualified, 0), coalesce(m.active, 0), count(*)
FROM (SELECT id, concat(user_id, email, phone) <> '' AS known FROM customers_customer) AS c
LEFT JOIN (
    SELECT m.customer_id, count(*) AS qualified, count(*) FILTER (WHERE m.state = 'active') AS active
    FROM segmentation_membership m JOIN segmentation_segment s ON s.id = m.segment_id AND s.status = 'live'
    GROUP BY m.customer_id
) AS m ON m.customer_id = c.id
GROUP BY 1, 2, 3"""


@dataclass(frozen=True)
class Covered:
    """Some customers, how many of them are in a live segment, and how many a live segment may speak to."""

    customers: int
    qualified: int
    active: int

    @property
    def share(self) -> float | None:
        return self.qualified / self.customers if self.customers else None

    @property
    def share_active(self) -> float | None:
        return self.active / self.customers if self.customers else None


@dataclass(frozen=True)
class Coverage:
    """Everybody, those known by name, and how many customers are in so many live segments."""

    as_of: datetime
    everybody: Covered
    known: Covered
    by_number: Mapping[int, int]


def coverage(*, now: datetime) -> Coverage:
    """The coverage by stored membership."""
    rows = rows_of(_SEGMENTS_A_CUSTOMER)
    by_number: dict[int, int] = {}
    for _, qualified, _, customers in sorted(rows, key=lambda row: row[1]):
        by_number[qualified] = by_number.get(qualified, 0) + customers
    return Coverage(now, _covered(rows), _covered([row for row in rows if row[0]]), by_number)


def _covered(rows: list[tuple[bool, int, int, int]]) -> Covered:
    return Covered(
        customers=sum(count for *_, count in rows),
        qualified=sum(count for _, qualified, _, count in rows if qualified),
        active=sum(count for _, _, active, count in rows if active),
    )
