"""Mark customers dirty: an event did it, or the clock.

Stage 2 of 8.
Takes: what ingest, an edit, a merge, a consent, a sweep or a setting changed, with its first cause.
Leaves: `DirtyCustomer`, one row a customer, its generation one higher, the first cause of each change kept.
Safe to repeat because: a mark only adds; a customer marked twice is looked at once.
Next: evaluate claims the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from common.prepared import prepared_cursor
from customers.profile import Cause
from customers.tracking.values import encode

AT_ONCE = 5000
_MARK = """
INSERT INTO customers_dirtycustomer AS d (customer_id, generation, causes, marked_at, last_marked_at)
SELECT n.id, 1, n.causes, %s, %s FROM json_to_recordset(%s::json) AS n (id bigint, causes jsonb)
JOIN customers_customer c ON c.id = n.id
ORDER BY n.id FOR KEY SHARE OF c
ON CONFLICT (customer_id) DO UPDATE
SET generation = d.generation + 1, causes = excluded.causes || d.causes,
    last_marked_at = greatest(d.last_marked_at, excluded.last_marked_at)
"""


def mark(*, causes: Mapping[int, Mapping[str, Cause]], now: datetime) -> None:
    """Leave work for evaluation: for each customer what changed and why (`{"kind", "id", "detail", "at"}`).

    A customer that is gone meanwhile is left out. Many are marked a portion at a time, all in the order of their ids.
    """
    customers = sorted(customer for customer, changes in causes.items() if changes)
    with prepared_cursor() as cursor:
        for first in range(0, len(customers), AT_ONCE):
            marked = [{"id": one, "causes": causes[one]} for one in customers[first : first + AT_ONCE]]
            cursor.execute(_MARK, [now, now, encode(marked)])
