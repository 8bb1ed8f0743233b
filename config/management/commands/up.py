"""`up`: the whole installation in one terminal."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.up import Installation, Wishes


class Command(BaseCommand):
    help = (
        "Starts the embedded servers, migrates, loads the demo once, and runs web, workers and scheduler until Ctrl-C."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="start without the demo shop")
        parser.add_argument("--port", type=int, default=8000, help="the web server's port (default: 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument(
            "--live", action=argparse.BooleanOptionalAction, default=True, help="the demo's trickle of new events"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wishes = Wishes(host=options["host"], port=options["port"], demo=not options["no_demo"], live=options["live"])
        Installation(wishes, self.say).run()

    def say(self, line: str) -> None:
        """One line for the operator, at once."""
        self.stdout.write(line)
        self.stdout.flush()
