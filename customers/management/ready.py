"""Commands that may be the first ever run: they make the tables before they need them."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def make_ready(say: Any) -> None:
    """Apply the migrations that are missing, and say so; does nothing where the tables are up to date."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say.write("The database is not up to date: applying its migrations first.")
        call_command("migrate", interactive=False, verbosity=0)
