"""`check_production`: what Django says of the settings a production installation has, and that it refuses to start bare."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.environment import HOME

# Nothing connects during these checks; the addresses only keep the embedded servers out of it.
PRODUCTION = {
    "DEBUG": "0",
    "ALLOWED_HOSTS": "tideline.example",
    "BASE_URL": "https://tideline.example",
    "DATABASE_URL": "postgres://tideline@127.0.0.1:1/tideline",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


class Command(BaseCommand):
    help = "Checks the production settings: Django's deployment checks pass, and without a secret nothing starts."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        checked = _check({"SECRET_KEY": secrets.token_urlsafe(48)})
        if checked.returncode:
            raise CommandError(f"The production settings do not pass:\n{checked.stderr}")
        bare = _check({})
        if bare.returncode == 0 or "SECRET_KEY" not in bare.stderr:
            raise CommandError("With DEBUG=0 and no SECRET_KEY Tideline started: config/environment.py has to refuse.")
        self.stdout.write("The production settings pass.")


def _check(more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Django's deployment checks in a process of their own, since settings are read once."""
    kept = {key: value for key, value in os.environ.items() if key not in {"SECRET_KEY", "DJANGO_SETTINGS_MODULE"}}
    command = [sys.executable, "manage.py", "check", "--deploy", "--tag", "security", "--fail-level", "WARNING"]
    environment = {**kept, **PRODUCTION, **more}
    return subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False)
