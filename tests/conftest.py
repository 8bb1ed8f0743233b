"""The ground of every test: a database and a broker, then Django.

Without DATABASE_URL or REDIS_URL, one pair of embedded servers serves the whole run: the process that comes first (the
controller, under xdist) starts it in a temporary VAR_DIR and ends it; workers inherit its addresses. This has to happen
before Django's settings are read, so it happens while this file is imported.
"""

from __future__ import annotations

import os

from tests.ground.services import close, open_for_run

open_for_run()
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django
import pytest

django.setup()

from django.db import connection
from django.test import TransactionTestCase

from tests.ground.chromium import accessible, browser, server, troubles, visit

__all__ = ["accessible", "browser", "server", "troubles", "visit"]

# A real browser on a busy machine now and then loses a connection or a frame to no fault of the pages. A test that fails for a
# reason of ours fails three times; everything outside this folder runs once.
DRIVEN = ("tests/browser/",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests, and no others, are run again when they fail."""
    for item in items:
        if item.nodeid.startswith(DRIVEN):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


# What migrations made, and no test changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def _empty_the_tables(self: TransactionTestCase) -> None:
    """What follows a test with real commits, in place of Django's flush: that makes new files for every table and index and
    all permissions anew, over a second a test, and leaves the partitioned table as it is. Deleting the few rows of a test
    takes milliseconds; without triggers, since everything goes."""
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in KEPT]
        deletes = "; ".join(
            f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables if "_event_2" not in table
        )
        cursor.execute(f"SET session_replication_role = replica; {deletes}; SET session_replication_role = origin")


TransactionTestCase._fixture_teardown = _empty_the_tables  # type: ignore[attr-defined,method-assign]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this process started."""
    close()
