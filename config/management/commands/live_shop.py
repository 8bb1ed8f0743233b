"""`live_shop`: the demo's trickle of new events, in through the public HTTP API like any client."""

from __future__ import annotations

import random
import signal
import threading
import time
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from config.demo import switch, trickle
from customers.models import Customer, Event

PAUSE_SECONDS = 1.0
WAIT_AFTER_FAILURE = 5.0


class Command(BaseCommand):
    help = "Sends a trickle of shop events to the tracking API until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the installation to send to")
        parser.add_argument("--visits", type=float, default=20, help="new visits a minute")
        parser.add_argument("--seconds", type=float, default=None, help="stop after so long (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        shop = trickle.Trickle(
            shoppers=_shoppers(),
            products=_products(),
            send=trickle.sender(options["url"], switch.write_key()),
            chance=random.Random(),
            per_minute=options["visits"],
        )
        self.run(shop, stop, options["seconds"])

    def run(self, shop: trickle.Trickle, stop: threading.Event, seconds: float | None) -> None:
        started, off = time.monotonic(), 0.0
        while not stop.wait(PAUSE_SECONDS):
            elapsed = time.monotonic() - started - off
            if seconds is not None and elapsed > seconds:
                return
            if not switch.is_on():
                off += PAUSE_SECONDS
                continue
            try:
                shop.tick(elapsed=elapsed, now=clock.now())
            except httpx.HTTPError as error:
                self.stderr.write(f"live_shop: the events were not taken ({error}); the next ones go out in 5 s")
                off += WAIT_AFTER_FAILURE
                stop.wait(WAIT_AFTER_FAILURE)


def _shoppers() -> list[str]:
    found = list(Customer.objects.filter(user_id__startswith="household-").values_list("user_id", flat=True))
    if not found:
        raise CommandError("there is no demo shop here: run `python manage.py load_demo` first")
    return [user_id for user_id in found if user_id]


def _products() -> list[trickle.Product]:
    """A few hundred products of recent views, with their last price."""
    recent = Event.objects.filter(name__name="Product Viewed").order_by("-time").values_list("properties", flat=True)
    seen: dict[str, trickle.Product] = {}
    for properties in recent[:3000]:
        price = float(properties.get("price") or 0)
        if price > 0 and "product_id" in properties:
            key, name, category = (str(properties.get(key) or "") for key in ("product_id", "name", "category"))
            seen.setdefault(key, trickle.Product(key, name, category, price))
    return list(seen.values())
