"""One partition of all time for random histories: with one a month, planning would be most of the work."""

from __future__ import annotations

import pytest
from django.db import connection

_DETACH = """
SELECT format('ALTER TABLE customers_event DETACH PARTITION %s', inhrelid::regclass)
FROM pg_inherits WHERE inhparent = 'customers_event'::regclass"""
_ALL_TIME = "CREATE TABLE event_of_all_time PARTITION OF customers_event FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"


@pytest.fixture
def all_time(db: None) -> None:
    """Rolled back with the test, the partitions that were there are there again."""
    with connection.cursor() as cursor:
        cursor.execute(_DETACH)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute(_ALL_TIME)
