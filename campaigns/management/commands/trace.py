"""`trace CUSTOMER`: the rows that one customer left in each of the eight stages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.queries.trace import LATEST, trace
from customers.references import customer_named


class Command(BaseCommand):
    help = "Shows the rows that one customer left in each stage of the chain (docs/flow.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="an id, user_id:…, email:…, phone:… or anonymous_id:…")
        parser.add_argument("--most", type=int, default=LATEST, help="how many rows of a kind, the latest first")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = customer_named(options["customer"])
        if customer is None:
            raise CommandError(f"There is no customer {options['customer']!r}. Try user_id:…, email:… or our own id.")
        for stage in trace(customer, most=options["most"]):
            self.stdout.write(self.style.MIGRATE_HEADING(f"{stage.number} {stage.verb}") + f"  {stage.leaves}")
            for row in stage.rows or ["nothing"]:
                self.stdout.write(f"    {row}")
