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


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this process started."""
    close()
