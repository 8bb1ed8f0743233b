"""`load_demo`: the demo shop, with people, segments, journeys and the change log of the past 60 days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from config.demo import accounts, portfolio, switch
from config.progress import Bar
from customers.keys import create_write_key
from customers.models import Customer, Source
from segmentation.look_for_findings import look_for_findings

SOURCE = "demo-shop"


class Command(BaseCommand):
    help = "Loads the demo shop: a published retail data set with its clock moved so that the last order is now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="share of the households, up to 1")
        parser.add_argument("--seed", type=int, default=2469)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["scale"] <= 1:
            raise CommandError("--scale is a share of the households: above 0, up to 1")
        if Customer.objects.exists():
            raise CommandError("this base has customers already: the demo needs an empty one (another VAR_DIR)")
        now = clock.now()
        people = accounts.make()
        with Bar("the demo shop", self.stderr) as bar:
            self._shop(now, options["scale"], options["seed"], bar)
            self._portfolio(now, people, bar)
        self.stdout.write(f"Demo logins, password “{accounts.PASSWORD}”: {', '.join(people)}")

    def _shop(self, now: datetime, scale: float, seed: int, bar: Bar) -> None:
        # Reading the data set takes a second of importing that no other command should pay.
        from config.demo import load

        key = create_write_key(source=SOURCE, now=now)
        Source.objects.filter(slug=SOURCE).update(name="Demo shop", timezone="America/New_York")
        source = Source.objects.get(slug=SOURCE)
        load.load(now=now, scale=scale, seed=seed, source=source, say=lambda share, text: bar.say(share * 0.6, text))
        switch.keep_write_key(key)

    def _portfolio(self, now: datetime, people: dict[str, User], bar: Bar) -> None:
        marketer, approver = people["marketer"], people["approver"]
        bar.say(0.62, "drawing the segments")
        portfolio.segments(marketer=marketer, approver=approver, now=now)
        portfolio.live_through_the_past(
            now=now, said=lambda share: bar.say(0.65 + share * 0.33, "living through the past 60 days")
        )
        portfolio.reviews(marketer=marketer, now=now)
        portfolio.journeys(marketer=marketer, approver=approver, now=now)
        bar.say(0.99, "looking at its health")
        look_for_findings(now=now)
