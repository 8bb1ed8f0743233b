"""`load_bench`: a synthetic base for benchmarks, streamed in with COPY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benchmarks import base
from common import clock
from config.progress import Bar
from customers.models import Customer, Source


class Command(BaseCommand):
    help = "Loads a synthetic base of customers and events into an empty installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, required=True)
        parser.add_argument("--events", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["customers"] < 1 or options["events"] < options["customers"]:
            raise CommandError("ask for at least one customer and one event a customer")
        if Customer.objects.exists():
            raise CommandError("this base has customers already: use an empty one (another VAR_DIR or DATABASE_URL)")
        now = clock.now()
        source = Source.objects.get_or_create(
            slug="bench", defaults={"name": "Benchmark", "store": "main", "created_at": now}
        )[0]
        plan = base.Plan(customers=options["customers"], events=options["events"], seed=options["seed"], now=now)
        with Bar("the benchmark base", self.stderr) as bar:
            base.load(plan, source=source, say=bar.say)
