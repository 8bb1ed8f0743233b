"""Months that are over, put in order by name and time: a question about one event then reads that event's pages alone.

Events come as they happen, so those of one name lie scattered over all pages of their month. PostgreSQL's `CLUSTER`
writes a month anew in the order of an index; what it takes is written in docs/decisions/0014-closed-months-in-order.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from customers.partitions import month_of, partition_of

# Long enough for nearly all late events of a month.
CLOSED_FOR = timedelta(days=2)
SMALLEST = 10_000
# How well the rows of a table in order follow the names; late events come at its end and take a little of it away.
IN_ORDER = 0.9
PATIENCE = "2s"

_OUT_OF_ORDER = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname AND s.attname = 'name_id'
WHERE i.inhparent = 'customers_event'::regclass AND c.relname < %s AND c.reltuples >= %s
AND s.n_distinct <> 1 AND s.correlation < %s ORDER BY c.relname DESC
"""
_INDEX = """
SELECT c.relname FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid JOIN pg_class c ON c.oid = x.indexrelid
WHERE i.inhparent = 'event_name_time'::regclass AND x.indrelid = %s::regclass
"""


def out_of_order(*, now: datetime, smallest: int = SMALLEST) -> list[str]:
    """The tables of closed months whose events are out of order, newest first, as the last ANALYZE saw them."""
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_ORDER, [partition_of(month_of(now - CLOSED_FOR)), smallest, IN_ORDER])
        return [name for (name,) in cursor.fetchall()]


def arrange(partition: str) -> bool:
    """Put the events of a closed month in order; False, with nothing done, where others use it for too long.

    Nobody reads or writes the month while it is written anew. Cut off, it is as it was before.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute(_INDEX, [partition])
            (index,) = cursor.fetchone()
            cursor.execute(f"CLUSTER {partition} USING {index}")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    _look_again(partition)
    return True


def _look_again(partition: str) -> None:
    """A table that was written anew has no map of the pages that all may see, without which no index is enough."""
    with connection.cursor() as cursor:
        cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM (FREEZE, ANALYZE)'} {partition}")
