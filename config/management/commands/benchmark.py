"""`benchmark NAME`: measures one thing, prints one JSON line, and keeps it in benchmarks/results/."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benchmarks.measures import keep
from common import clock


class Command(BaseCommand):
    help = "Measures one thing and prints one JSON line. preview, rebuild and sweep measure the base that is connected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--tries", type=int, default=None, help="how often; each benchmark has a number of its own")

    def handle(self, *args: Any, **options: Any) -> None:
        # The benchmarks need what the tests need; no other command should.
        from benchmarks.table import BENCHMARKS

        if options["name"] not in BENCHMARKS:
            raise CommandError(f"there is no such benchmark; there are {', '.join(BENCHMARKS)}")
        measure, usual = BENCHMARKS[options["name"]]
        result = measure(tries=options["tries"] or usual)
        self.stdout.write(keep(options["name"], result, at=clock.now()))
