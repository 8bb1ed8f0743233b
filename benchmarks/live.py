"""From an event to membership, with forty live segments and one for the probes, while other events keep coming.

Everything is sent over HTTP. When a membership came about is read from the log of changes, straight from the database and
twenty times a second, so that asking costs next to nothing; a change names the event that caused it. The time is counted
from the instant at which the event was to be sent, so a shop that answers late is not spared. Every tenth of a second a
batch goes out, with one probe in it: a new customer, about whom every segment is asked.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg

from benchmarks.measures import percentiles
from benchmarks.outside import BATCH, VIEWED, Shop, opened
from benchmarks.portfolio import SEGMENTS
from config.services.places import Places
from tests.ground.processes import wait_until

CUSTOMERS = 5_000
EVENTS_BEFORE = 20_000
USUAL_RATE = 500
RATES = (1000, 2000, 4000, 8000)
BATCHES_A_SECOND = 10
SENDERS = 4
# What a rate has to keep within, in milliseconds; and how long after a step its last probes are waited for, in seconds.
BOUND = 2000.0
PATIENCE = 10.0

_LOG = """
SELECT id, cause_id FROM segmentation_membershipchange WHERE id > %s AND cause_kind = 'event' ORDER BY id
"""
_LEFT = """
SELECT 1 FROM segmentation_job WHERE state IN ('waiting', 'running') UNION ALL SELECT 1 FROM customers_dirtycustomer LIMIT 1
"""
# Transactions may end in another order than that of their numbers: that many are read again.
_AGAIN = 5_000
_MIX = (("Page Viewed", 45), ("Product Viewed", 45), ("Product Added", 7), ("Order Completed", 3))
_CATEGORIES = ("Activewear", "Basics", "Premium", "Shoes")


class Traffic:
    """What the customers of a shop do, drawn by chance."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)

    def event(self, user: str, name: str = "") -> dict[str, Any]:
        chance = self._chance
        name = name or chance.choices([name for name, _ in _MIX], [share for _, share in _MIX])[0]
        price = chance.randrange(500, 30_000) / 100
        told: dict[str, Any] = {"device": chance.choice(("mobile", "desktop")), "category": chance.choice(_CATEGORIES)}
        told |= {"price": price, "product_id": f"p{chance.randrange(2000)}"}
        if name == "Order Completed":
            product = {"product_id": told["product_id"], "category": told["category"], "price": price, "quantity": 1}
            told = {"order_id": f"o{chance.getrandbits(60)}", "revenue": price, "products": [product]}
        message = str(uuid.UUID(int=chance.getrandbits(128)))
        return {"type": "track", "userId": user, "messageId": message, "event": name, "properties": told}

    def events(self, count: int) -> list[dict[str, Any]]:
        return [self.event(f"u-{self._chance.randrange(CUSTOMERS)}") for _ in range(count)]

    def people(self) -> Iterator[dict[str, Any]]:
        """Everybody tells who they are, before anything else."""
        for number in range(CUSTOMERS):
            told = {
                "email": f"u{number}@shop.example",
                "country": self._chance.choice(("DE", "PL", "FR")),
                "gender": self._chance.choice(("female", "male")),
                "birthday": f"{self._chance.randrange(1950, 2005)}-06-15",
                "points": self._chance.randrange(6000),
            }
            yield {"type": "identify", "userId": f"u-{number}", "messageId": f"who-{number}", "traits": told}


class Watch:
    """Reads the log of changes as it grows: when each event's first change was there to be read."""

    def __init__(self, url: str) -> None:
        self.seen: dict[str, float] = {}
        self._over = threading.Event()
        self._url = url
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        last = 0
        with psycopg.connect(self._url, autocommit=True, prepare_threshold=1) as connection:
            while not self._over.wait(0.05):
                rows = connection.execute(_LOG, [last - _AGAIN]).fetchall()
                now = time.monotonic()
                for number, cause in rows:
                    self.seen.setdefault(cause, now)
                    last = max(last, number)


class Step:
    """One rate, kept for some seconds."""

    def __init__(self, shop: Shop, *, rate: int, seconds: int) -> None:
        self._shop, self._rate, self._seconds = shop, rate, seconds
        self.due: dict[str, float] = {}
        self.probes: set[str] = set()
        self._refused = 0
        self._ended = 0.0

    def run(self, watch: Watch) -> dict[str, Any]:
        """Send, wait for the last probes, and say how long each event took whose change was seen."""
        began = time.monotonic() + 0.5
        senders = [threading.Thread(target=self._send, args=(number, began)) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        late = max(0.0, self._ended - began - self._seconds)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self.probes <= watch.seen.keys():
            time.sleep(0.1)
        now = time.monotonic()
        times = [(watch.seen[event] - at) * 1000 for event, at in self.due.items() if event in watch.seen]
        times += [(now - self.due[event]) * 1000 for event in self.probes - watch.seen.keys()]
        reached = round(self._rate * self._seconds / (self._seconds + late))
        refused = {"refused_batches": self._refused} if self._refused else {}
        return {"rate": self._rate, "sent_a_second": reached, "milliseconds": percentiles(times), **refused}

    def _send(self, sender: int, began: float) -> None:
        traffic = Traffic(sender + self._rate * SENDERS)
        with httpx.Client(base_url=self._shop.running.url, timeout=60) as client:
            for number in range(sender, self._seconds * BATCHES_A_SECOND, SENDERS):
                due = began + number / BATCHES_A_SECOND
                batch = traffic.events(self._rate // BATCHES_A_SECOND - 1)
                probe = traffic.event(f"probe-{self._rate}-{number}", "Product Viewed")
                time.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() - due > PATIENCE:
                    break
                self.probes.add(probe["messageId"])
                self.due |= {event["messageId"]: due for event in (*batch, probe)}
                try:
                    self._shop.send([*batch, probe], client)
                except httpx.HTTPError:
                    self._refused += 1
        self._ended = max(self._ended, time.monotonic())


def live(*, tries: int) -> dict[str, Any]:
    """Milliseconds from event to membership at 500 events a second, and the highest rate (250, 500, 1000 …) at which 99 of
    a hundred stay within two seconds. `tries` is how many seconds each rate is kept."""
    with opened() as shop:
        _furnish(shop)
        with Watch(_database(shop)) as watch:
            # Statements are made and caches filled before anything is counted.
            Step(shop, rate=100, seconds=3).run(watch)
            steps = [Step(shop, rate=USUAL_RATE, seconds=tries).run(watch)]
            rates = RATES if _keeps_up(steps[0]) else (USUAL_RATE // 2,)
            for rate in rates:
                steps.append(Step(shop, rate=rate, seconds=tries).run(watch))
                if not _keeps_up(steps[-1]):
                    break
    kept = [step["rate"] for step in steps if _keeps_up(step)]
    return {
        "segments": len(SEGMENTS) + 1,
        "customers": CUSTOMERS,
        "rate": USUAL_RATE,
        "milliseconds": steps[0]["milliseconds"],
        "sustained_a_second": max(kept, default=0),
        "steps": steps,
    }


def _keeps_up(step: dict[str, Any]) -> bool:
    return step["milliseconds"]["p99"] <= BOUND and step["sent_a_second"] >= step["rate"] * 0.95


def _furnish(shop: Shop) -> None:
    """Customers with a past, the live segments, and nothing left to do."""
    traffic = Traffic(0)
    past = [*traffic.people(), *traffic.events(EVENTS_BEFORE)]
    for at in range(0, len(past), BATCH):
        shop.send(past[at : at + BATCH])
    for slug, rule in {**SEGMENTS, "viewed": VIEWED}.items():
        shop.call("POST", "/api/segments/", {"slug": slug, "name": slug, "rule": rule})
        shop.call("POST", f"/api/segments/{slug}/publish/", {})
    with psycopg.connect(_database(shop), autocommit=True) as connection:
        wait_until(lambda: not connection.execute(_LEFT).fetchone(), what="the rebuilds and the queue")
        connection.execute("ANALYZE")


def _database(shop: Shop) -> str:
    return Places(Path(shop.running.environment["VAR_DIR"])).postgres_url
