"""A whole installation under fire: every process killed once during a stream, the stream sent again, and the clock alone."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from tests.ground.processes import PATIENCE, Installation, wait_until
from tests.stages.mailbox import Mailbox, mailbox
from tests.stages.shop import did, rule

pytestmark = pytest.mark.installation

CUSTOMERS, EVENTS, BATCH, CLIENTS = 400, 20_000, 100, 4
NAMES = ("Product Viewed", "Page Viewed", "Product Added", "Order Completed")
PARTS = ("web", "worker-live", "worker-journeys", "worker-batch", "scheduler", "Valkey", "PostgreSQL")
VIEWERS = rule(
    {**did("Product Viewed", 7, days=7), "where": [{"property": "category", "operator": "is", "value": "Shoes"}]},
    {**did("Order Completed", 13, days=7), "operator": "lt"},
)


class Outside:
    """What a shop and an integrator do with an installation: HTTP only."""

    def __init__(self, running: Installation) -> None:
        self.running = running
        self.write_key = running.manage("create_write_key", "shop").strip()
        self.keys = [running.manage("create_api_key", name).strip() for name in ("author", "approver")]

    def call(self, method: str, path: str, body: Any = None, *, key: int = 0) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.keys[key]}"}
        answer = httpx.request(method, self.running.url + path, json=body, headers=headers, timeout=60)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        return dict(answer.json())

    def everything(self, path: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        address: str | None = path
        while address:
            page = self.call("GET", address.replace(self.running.url, ""))
            yield from page["results"]
            address = page["next"]

    def send(self, batch: list[dict[str, Any]]) -> None:
        """Send a batch until it is answered 200, as a client library does."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                url = self.running.url + "/v1/batch"
                answer = httpx.post(url, json={"batch": batch}, auth=(self.write_key, ""), timeout=30)
                if answer.status_code == 200:
                    assert "rejected" not in answer.json(), answer.text
                    return
                assert answer.status_code >= 500, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "the stream was not taken"
            time.sleep(0.1)

    def launch(self) -> None:
        """A segment and its journey, approved by somebody else."""
        self.call("POST", "/api/segments/", {"slug": "viewers", "name": "Viewers", "rule": VIEWERS})
        self.call("POST", "/api/segments/viewers/publish/", {})
        self.call("POST", "/api/templates/", {"slug": "hello", "subject": "Hello", "body": "<p>Hello</p>"})
        journey = {
            "slug": "hello",
            "name": "Hello",
            "entry": {"on": "enter", "segment": "viewers"},
            "re_entry": "never",
            "first": "mail",
            "nodes": {
                "mail": {"type": "send", "channel": "email", "template": "hello", "next": "end"},
                "end": {"type": "exit"},
            },
        }
        self.call("POST", "/api/journeys/", journey)
        self.call("POST", "/api/journeys/hello/submit/", {})
        assert self.call("POST", "/api/journeys/hello/approve/", {}, key=1)["status"] == "live"

    def members(self, slug: str) -> set[str]:
        return {
            row["customer"]["user_id"] for row in self.everything(f"/api/segments/{slug}/members/?limit=1000&state=all")
        }


def people() -> list[dict[str, Any]]:
    return [
        {
            "type": "identify",
            "userId": f"u-{n}",
            "messageId": f"i-{n}",
            "traits": {"email": f"u{n}@shop.example"},
            "context": {"consent": {"channels": {"email": True}}},
        }
        for n in range(CUSTOMERS)
    ]


def stream(start: datetime) -> list[dict[str, Any]]:
    """EVENTS events of the last ten hours, in no order, drawn from a seed."""
    chance = Random(20_000)
    return [
        {
            "type": "track",
            "userId": f"u-{chance.randrange(CUSTOMERS)}",
            "messageId": f"m-{n}",
            "event": chance.choice(NAMES),
            "timestamp": (start - timedelta(seconds=chance.uniform(0, 36_000))).isoformat(),
            "properties": {"category": chance.choice(["Shoes", "Bags"]), "order_id": f"o-{n}", "revenue": 10},
        }
        for n in range(EVENTS)
    ]


def expected(events: list[dict[str, Any]]) -> set[str]:
    """The members of VIEWERS, counted from what was sent."""
    shoes = [one for one in events if one["properties"]["category"] == "Shoes"]
    views = Counter(one["userId"] for one in shoes if one["event"] == "Product Viewed")
    orders = Counter(one["userId"] for one in events if one["event"] == "Order Completed")
    return {f"u-{n}" for n in range(CUSTOMERS) if views[f"u-{n}"] >= 7 and orders[f"u-{n}"] < 13}


def in_parallel(batches: list[list[dict[str, Any]]], send: Callable[[list[dict[str, Any]]], None]) -> threading.Thread:
    """Send with CLIENTS clients in the background; the thread raises what a client raised when it is joined."""
    failures: list[BaseException] = []

    def client(number: int) -> None:
        try:
            for batch in batches[number::CLIENTS]:
                send(batch)
                # Slow enough that every kill falls into the stream.
                time.sleep(0.15)
        except BaseException as error:
            failures.append(error)

    class Clients(threading.Thread):
        def run(self) -> None:
            threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def join(self, timeout: float | None = None) -> None:
            super().join(timeout)
            if failures:
                raise failures[0]

    clients = Clients()
    clients.start()
    return clients


def numbers(running: Installation) -> dict[str, int]:
    """What the tables hold, asked beside the running installation."""
    said = running.manage("shell", "-c", COUNTS)
    return dict(json.loads(said.strip().splitlines()[-1]))


COUNTS = """
import json
from django.db import connection
from customers.models import Event, EventTotal, Order, Receipt
from segmentation.models import Membership, MembershipChange
from campaigns.models import Message
from django.db.models import Sum
received = Event.objects.filter(line=None)
print(json.dumps({
    "events": received.filter(message_id__startswith="m-").count(),
    "ids": received.filter(message_id__startswith="m-").values("message_id").distinct().count(),
    "totals": EventTotal.objects.exclude(name__name__startswith="Email").aggregate(all=Sum("count"))["all"],
    "orders": Order.objects.count(),
    "changes": MembershipChange.objects.count(),
    "memberships": Membership.objects.count(),
    "messages": Message.objects.count(),
}))
"""


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def outside(box: Mailbox) -> Iterator[Outside]:
    with Installation(variables={"EMAIL_URL": box.url}) as running:
        yield Outside(running)


def test_killing_every_process_loses_nothing_and_sends_nothing_twice(outside: Outside, box: Mailbox) -> None:
    running = outside.running
    outside.send(people())
    outside.launch()
    events = stream(datetime.now(UTC))
    batches = [events[at : at + BATCH] for at in range(0, EVENTS, BATCH)]
    clients = in_parallel(batches, outside.send)
    for part in PARTS:
        assert clients.is_alive(), f"{part} was to be killed during the stream"
        killed = running.kill(part)
        wait_until(lambda p=part, k=killed: running.children().get(p, k) != k, what=f"a new {part}")
    clients.join()

    wanted = expected(events)
    assert 20 < len(wanted) < CUSTOMERS - 20
    wait_until(lambda: running.answers("/readyz"), what="readiness")
    wait_until(lambda: outside.members("viewers") == wanted, what="the right members")
    everybody = {f"u{user.removeprefix('u-')}@shop.example" for user in wanted}
    wait_until(lambda: _all_settled(outside), what="the end of every message")
    sent = Counter(box.recipients)
    assert max(sent.values()) == 1, "nobody got a letter twice"
    # Somebody in between may have been in for a moment, before the thirteenth order came.
    states = Counter(message["state"] for message in _messages(outside))
    assert set(states) <= {"sent", "unknown", "withheld"}
    assert everybody - set(sent) <= _recipients(outside, "unknown"), "everybody who is in was written to"
    assert running.manage("audit_memberships", "--full")

    found = numbers(running)
    assert (found["events"], found["ids"]) == (EVENTS, EVENTS)
    assert found["orders"] == sum(1 for one in events if one["event"] == "Order Completed")

    letters = len(box.recipients)
    for batch in batches[: 10_000 // BATCH]:
        outside.send(batch)
    wait_until(lambda: running.answers("/readyz"), what="readiness")
    assert numbers(running) == found, "ten thousand messages sent again change nothing"
    assert len(box.recipients) == letters


def test_time_alone_moves_a_customer_out_within_fifteen_seconds(outside: Outside) -> None:
    minute = rule({**did("Ping"), "window": {"last": {"amount": 1, "unit": "minutes"}}})
    outside.call("POST", "/api/segments/", {"slug": "just-now", "name": "Just now", "rule": minute})
    outside.call("POST", "/api/segments/just-now/publish/", {})
    happened = datetime.now(UTC) - timedelta(seconds=30)
    ping = {"type": "track", "userId": "u-1", "messageId": "ping", "event": "Ping", "timestamp": happened.isoformat()}
    outside.send([ping])
    wait_until(lambda: len(list(outside.everything("/api/segments/just-now/changes/"))) == 2, what="in and out again")
    entered, left = outside.everything("/api/segments/just-now/changes/")
    assert (entered["kind"], entered["cause"]["kind"]) == ("entered", "event")
    assert (left["kind"], left["cause"]["kind"]) == ("exited", "clock")
    late = datetime.fromisoformat(left["at"]) - (happened + timedelta(minutes=1))
    assert timedelta(0) <= late, "nobody leaves before the window is over"
    # Not a measure of speed: sweeps come every few seconds, so that this holds on a machine that does nothing else.
    assert late < timedelta(seconds=60)


def _messages(outside: Outside) -> list[dict[str, Any]]:
    return list(outside.everything("/api/messages/?limit=1000"))


def _all_settled(outside: Outside) -> bool:
    return all(message["state"] not in ("planned", "sending") for message in _messages(outside))


def _recipients(outside: Outside, state: str) -> set[str]:
    found = [message["customer"]["user_id"] for message in _messages(outside) if message["state"] == state]
    return {f"u{user.removeprefix('u-')}@shop.example" for user in found}
