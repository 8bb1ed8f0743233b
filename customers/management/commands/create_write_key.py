"""`python manage.py create_write_key SOURCE`: prints a write key, alone on stdout."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from customers.audit import COMMAND
from customers.keys import create_write_key
from customers.management.ready import make_ready


class Command(BaseCommand):
    help = "Makes a tracking write key for a source (made too if there is none) and prints it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        """The source, and the rate of the key."""
        parser.add_argument("source", help="slug or name of the source")
        parser.add_argument("--events-per-minute", type=int, help="refuse more than this (default: no limit)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key."""
        make_ready(self.stderr)
        try:
            key = create_write_key(
                source=options["source"],
                now=clock.now(),
                events_per_minute=options["events_per_minute"],
                by=COMMAND,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
