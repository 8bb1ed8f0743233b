"""One partition of the event table a month: made ahead by a daily task, and on demand by ingest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

# Any number no other advisory lock of this database uses.
_LOCK = 7_205_001
# Asked of the catalogue's tables: `to_regclass` may answer from a cache that has not heard of a table made this instant.
_MISSING = """
SELECT m FROM unnest(%s::date[]) m WHERE NOT EXISTS (
    SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'customers_event'::regclass AND c.relname = 'customers_event_' || to_char(m, 'YYYY_MM'))
"""


def month_of(instant: datetime) -> date:
    """The first day of an instant's month, UTC."""
    return instant.astimezone(UTC).date().replace(day=1)


def partition_of(month: date) -> str:
    """The table of a month's events."""
    return f"customers_event_{month:%Y_%m}"


def ensure(*, since: datetime, until: datetime) -> list[date]:
    """Make the partitions that are missing from one instant to another; return their months."""
    months = [month_of(since)]
    while months[-1] < month_of(until):
        months.append(_next(months[-1]))
    return ensure_months(months)


def ensure_months(months: Iterable[date]) -> list[date]:
    """Make the partitions of these months that are missing; return their months. Safe while others write and ensure.

    The table is made alone and attached afterwards, which keeps nobody from writing to the other months; the lock is
    held until the transaction ends, so that whoever comes second finds the partition there.
    """
    wanted = sorted(set(months))
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [wanted])
        if not cursor.fetchall():
            return []
        with transaction.atomic():
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute(_MISSING, [wanted])
            missing = [row[0] for row in cursor.fetchall()]
            for month in missing:
                cursor.execute(_statements(month))
    return missing


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _statements(month: date) -> str:
    name = partition_of(month)
    return (
        f"CREATE TABLE {name} (LIKE customers_event INCLUDING ALL);"
        f"ALTER TABLE customers_event ATTACH PARTITION {name} "
        f"FOR VALUES FROM ('{month:%Y-%m-%d} 00:00+00') TO ('{_next(month):%Y-%m-%d} 00:00+00')"
    )
