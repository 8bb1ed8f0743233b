"""The web server's entry."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

# Only the web has threads enough for a pool to pay: workers hold one connection each. It is set here, before the first
# connection is made, so that there is one settings module. CONN_HEALTH_CHECKS has it check a connection before use.
settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5, "max_idle": 60}

application = get_wsgi_application()
