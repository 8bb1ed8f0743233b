"""The ground of every test: a database and a broker, then Django.

Without DATABASE_URL or REDIS_URL, one pair of embedded servers serves the whole run: the process that comes first (the
controller, under xdist) starts it in a temporary VAR_DIR and ends it; workers inherit its addresses. This has to happen
before Django's settings are read, so it happens while this file is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.ground.services import close, open_for_run

open_for_run()
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django
import pytest

django.setup()

from tests.ground.chromium import accessible, browser, server, troubles, visit

__all__ = ["accessible", "browser", "server", "troubles", "visit"]

# A real browser on a busy machine now and then loses a connection or a frame to no fault of the pages. A test that fails for a
# reason of ours fails three times; everything outside these two folders runs once.
DRIVEN = ("tests/browser/", "tests/flow/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests, and no others, are run again when they fail."""
    for item in items:
        if item.nodeid.startswith(DRIVEN):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


@pytest.fixture(autouse=True)
def leave_the_ground_clean(request: pytest.FixtureRequest, django_db_blocker: pytest.DjangoDbBlocker) -> Iterator[None]:
    """After a test with real commits: Django empties its own tables, but not the partitioned one, nor does it bring back
    the rows that migrations made."""
    yield
    marker = request.node.get_closest_marker("django_db")
    committed = bool(marker and marker.kwargs.get("transaction"))
    if committed or {"transactional_db", "live_server"} & set(request.fixturenames):
        from django.contrib.auth.models import Group
        from django.db import connection

        from customers.roles import Role

        with django_db_blocker.unblock():
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE customers_event")
            for role in Role:
                Group.objects.get_or_create(name=role.value)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this process started."""
    close()
