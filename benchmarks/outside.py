"""Benchmarks of a whole installation, started for the purpose with embedded servers of its own, over HTTP only."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import httpx

from benchmarks.measures import percentiles
from tests.ground.processes import Installation, wait_until
from tests.stages.mailbox import Mailbox, mailbox

CLIENTS, BATCH = 4, 200
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

    def is_member(self, address: str) -> bool:
        """Whether the customer of an address of `/segments/` is in any."""
        return bool(self.call("GET", address)["results"])

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
    """Events a second that four clients get accepted in batches of 200,: durable
    and resolved to customers when answered. `tries` is batches a client."""
    with opened() as shop:
        shop.send([track(f"u-{n}", "Page Viewed") for n in range(BATCH)])
        began = time.monotonic()
        threads = [threading.Thread(target=_client, args=(shop, number, tries)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
    events = CLIENTS * tries * BATCH
    return {"events": events, "clients": CLIENTS, "batch": BATCH, "events_per_second": round(events / seconds)}


def _client(shop: Shop, number: int, batches: int) -> None:
    chance = Random(number)
    with httpx.Client(base_url=shop.running.url, timeout=60) as client:
        for _ in range(batches):
            users = [f"u-{chance.randrange(20_000)}" for _ in range(BATCH)]
            shop.send([track(user, chance.choice(NAMES), category="Shoes", revenue=12.5) for user in users], client)


def live(*, tries: int) -> dict[str, Any]:
    """Milliseconds from sending an event to reading the customer among the members over REST."""
    times = []
    with opened() as shop:
        shop.publish()
        for number in range(tries):
            user = f"live-{number}"
            began = time.monotonic()
            shop.send([track(user, "Product Viewed")])
            wait_until(partial(shop.is_member, f"/api/customers/user_id:{user}/segments/"), what="the member")
            times.append((time.monotonic() - began) * 1000)
    return {"milliseconds": percentiles(times)}


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
