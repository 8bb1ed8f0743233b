"""The web server's entry."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

# Only the web has threads enough for a pool to pay: workers hold one connection each. It is set here, before the first
# connection is made, so that there is one settings module.
POOL = {"min_size": 1, "max_size": 8, "timeout": 5, "max_idle": 60, "check": None}


def _with_pool(options: dict[str, object]) -> dict[str, object]:
    """Connection options with a pool that checks a connection before it hands it out."""
    from psycopg_pool import ConnectionPool

    return {**options, "pool": POOL | {"check": ConnectionPool.check_connection}}


settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
settings.DATABASES["default"]["OPTIONS"] = _with_pool(settings.DATABASES["default"]["OPTIONS"])

application = get_wsgi_application()
