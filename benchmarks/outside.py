"""Benchmarks of a whole installation, started for the purpose with embedded servers of its own, over HTTP only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from tests.ground.processes import Installation, wait_until
from tests.stages.mailbox import Mailbox, mailbox

CLIENTS, BATCH = 4, 200
CUSTOMERS, MADE_AT_ONCE, NEW_ONE_IN = 20_000, 1_000, 20
NAMES = ("Product Viewed", "Page Viewed", "Product Added", "Order Completed")
VIEWED = {
    "version": 1,
    "include": {
        "op": "all",
        "conditions": [
            {
                "type": "event",
                "event": "Product Viewed",
                "measure": {"aggregate": "count"},
                "operator": "gte",
                "value": 1,
                "window": {"last": {"amount": 7, "unit": "days"}},
            }
        ],
    },
}


class Shop:
    """The keys of an installation, and calls with them."""

    def __init__(self, running: Installation) -> None:
        self.running = running
        self.write_key = running.manage("create_write_key", "bench").strip()
        self.keys = [running.manage("create_api_key", name).strip() for name in ("author", "approver")]
        self.client = httpx.Client(base_url=running.url, timeout=60)

    def call(self, method: str, path: str, body: Any = None, *, key: int = 0) -> Any:
        headers = {"Authorization": f"Bearer {self.keys[key]}"}
        answer = self.client.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def send(self, batch: list[dict[str, Any]], client: httpx.Client | None = None) -> None:
        answer = (client or self.client).post("/v1/batch", json={"batch": batch}, auth=(self.write_key, ""))
        answer.raise_for_status()

    def publish(self) -> None:
        self.call("POST", "/api/segments/", {"slug": "viewed", "name": "Viewed", "rule": VIEWED})
        self.call("POST", "/api/segments/viewed/publish/", {})

    def launch(self) -> None:
        self.call("POST", "/api/templates/", {"slug": "hello", "subject": "Hello", "body": "<p>Hello</p>"})
        nodes = {
            "mail": {"type": "send", "channel": "email", "template": "hello", "next": "end"},
            "end": {"type": "exit"},
        }
        entry = {"on": "enter", "segment": "viewed"}
        journey = {
            "slug": "hello",
            "name": "Hello",
            "entry": entry,
            "re_entry": "never",
            "first": "mail",
            "nodes": nodes,
        }
        self.call("POST", "/api/journeys/", journey)
        self.call("POST", "/api/journeys/hello/submit/", {})
        self.call("POST", "/api/journeys/hello/approve/", {}, key=1)


@contextmanager
def opened(**variables: str) -> Iterator[Shop]:
    """A shop in a new installation."""
    with Installation(variables=variables) as running:
        yield Shop(running)


def track(user: str, event: str, **properties: Any) -> dict[str, Any]:
    """One event, now."""
    return {
        "type": "track",
        "userId": user,
        "messageId": str(uuid.uuid4()),
        "event": event,
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": properties,
    }


def ingest(*, tries: int) -> dict[str, Any]:
    """Events a second that four clients get accepted in batches of 200: durable and resolved to customers when answered.

    Most are about 20,000 customers who are known before the clock starts; one in twenty is about a visitor nobody has seen.
    `tries` is batches a client.
    """
    with opened() as shop:
        for at in range(0, CUSTOMERS, MADE_AT_ONCE):
            shop.send([track(f"u-{number}", "Page Viewed") for number in range(at, at + MADE_AT_ONCE)])
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            # A batch that is turned away ends the benchmark: what was not accepted is not to be counted.
            list(clients.map(lambda number: _client(shop, number, tries), range(CLIENTS)))
        seconds = time.monotonic() - began
    events = CLIENTS * tries * BATCH
    return {
        "events": events,
        "clients": CLIENTS,
        "batch": BATCH,
        "customers": CUSTOMERS,
        "events_per_second": round(events / seconds),
    }


def _client(shop: Shop, number: int, batches: int) -> None:
    chance = Random(number)
    with httpx.Client(base_url=shop.running.url, timeout=60) as client:
        for _ in range(batches):
            users = [_somebody(chance, number) for _ in range(BATCH)]
            shop.send([track(user, chance.choice(NAMES), category="Shoes", revenue=12.5) for user in users], client)


def _somebody(chance: Random, client: int) -> str:
    """A customer, or one time in twenty a visitor of this client's own."""
    if chance.randrange(NEW_ONE_IN) == 0:
        return f"new-{client}-{chance.getrandbits(64)}"
    return f"u-{chance.randrange(CUSTOMERS)}"


def message(*, tries: int) -> dict[str, Any]:
    """Letters a second that a live journey hands to a local SMTP server, all customers entering at once."""
    with mailbox() as box, opened(EMAIL_URL=box.url) as shop:
        shop.publish()
        shop.launch()
        people = [_subscriber(number) for number in range(tries)]
        for at in range(0, tries, BATCH):
            shop.send(people[at : at + BATCH])
        began = time.monotonic()
        for at in range(0, tries, BATCH):
            shop.send([track(f"m-{n}", "Product Viewed") for n in range(at, min(at + BATCH, tries))])
        wait_until(lambda: _arrived(box) >= tries, what="every letter")
        seconds = time.monotonic() - began
    return {"letters": tries, "letters_per_second": round(tries / seconds, 1), "twice": len(box.letters) - tries}


def _subscriber(number: int) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": f"m-{number}",
        "messageId": f"who-{number}",
        "traits": {"email": f"m{number}@shop.example"},
        "context": {"consent": {"channels": {"email": True}}},
    }


def _arrived(box: Mailbox) -> int:
    return len(set(box.recipients))
