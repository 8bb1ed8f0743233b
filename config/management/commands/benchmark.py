"""`benchmark NAME`: measures one thing, prints one JSON line, and keeps it in benchmarks/results/."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock


class Command(BaseCommand):
    help = "Measures one thing and prints one JSON line; docs/benchmarks.md says which measure the connected base."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--tries", type=int, default=None, help="how often; each benchmark has a number of its own")
        parser.add_argument("--base", action="append", default=[], help="growth: the URL of a database; once for each")
        parser.add_argument("--print-only", action="store_true", help="leave benchmarks/results/ as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        # The benchmarks need what the tests need; no other command should.
        from benchmarks.loaded import WrongBaseError
        from benchmarks.measures import keep, line
        from benchmarks.table import BENCHMARKS, ON_BASES

        if options["name"] not in BENCHMARKS:
            raise CommandError(f"there is no such benchmark; there are {', '.join(BENCHMARKS)}")
        measure, usual = BENCHMARKS[options["name"]]
        more = {"bases": options["base"]} if options["name"] in ON_BASES else {}
        try:
            result = measure(tries=options["tries"] or usual, **more)
        except WrongBaseError as error:
            raise CommandError(str(error)) from error
        write = line if options["print_only"] else keep
        self.stdout.write(write(options["name"], result, at=clock.now()))
