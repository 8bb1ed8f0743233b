"""What one event costs while the portfolio grows by segments that do not read it; on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import truncate_name

from benchmarks import base
from benchmarks.measures import base as measured_base
from common import clock
from customers.ingest import ingest
from customers.models import Customer, Source
from segmentation.evaluate import evaluate
from segmentation.models import Segment
from segmentation.publish import publish
from segmentation.save import create
from segmentation.work import run

CUSTOMERS, EVENTS_EACH = 20_000, 40
# How many segments are live, the last of which only add rules that do not read the event.
SIZES = (1, 5, 20, 100, 400)
READING = 5
EVENT = "Product Added"
BATCHES = (1, 200)
TURNS = 5
# The first batches after a change of database compile statements, and fill caches.
WARMING = 7
Taken = tuple[float, float]
COUNTRIES = ("DE", "PL", "FR", "US", "GB", "ES")
OTHERS = ("Page Viewed", "Product Viewed", "Order Completed", "Email Opened", "Email Delivered", "Ticket Opened")


def live_growth(*, tries: int) -> dict[str, Any]:
    """Milliseconds that evaluating one event takes with 1 to 400 live segments, of which 5 (or the only one) read it.

    Events are ingested, each about another customer; what is timed is `evaluate` of a batch of the customers that they
    marked, divided by the events. `processor` is the time of this process and of its PostgreSQL process together (left
    out where the server is on another machine), `wall` what passed. Each number of segments has a database of its own, and
    these take turns, so that a machine that grows slower meanwhile does so for all of them. Each is the median of `tries`
    batches.
    """
    with own_database("live_growth") as first, ExitStack() as copies:
        now = clock.now()
        source = Source.objects.create(slug="bench", name="Benchmark", store="main", created_at=now)
        plan = base.Plan(customers=CUSTOMERS, events=CUSTOMERS * EVENTS_EACH, seed=1, now=now)
        base.load(plan, source=source, say=lambda share, words: None)
        people = _people()
        names = {}
        for size in SIZES:
            _grow(size)
            names[size] = copies.enter_context(copy_of(first, size))
        taken: dict[int, dict[int, list[Taken]]] = {size: {batch: [] for batch in BATCHES} for size in SIZES}
        for _ in range(TURNS):
            for size in SIZES:
                with connected_to(names[size]):
                    for batch in BATCHES:
                        taken[size][batch] += _taken(source, people, batch, -(-tries // TURNS))
        costs = {
            size: {f"batch_of_{batch}": _median(all_of) for batch, all_of in of.items()} for size, of in taken.items()
        }
        return {"reading": READING, "event": EVENT, "costs": costs, "ratio": _ratios(costs), "base": measured_base()}


@contextmanager
def own_database(purpose: str) -> Iterator[str]:
    """A new database beside the connected one, with this process connected to it; dropped at the end."""
    name = truncate_name(f"{connection.settings_dict['NAME']}_{purpose}", 63)
    with _made(name, "template0 ENCODING 'UTF8'"), connected_to(name):
        call_command("migrate", verbosity=0)
        yield name


@contextmanager
def copy_of(database: str, number: int) -> Iterator[str]:
    """A copy of a database as it is now; dropped at the end."""
    name = truncate_name(f"{database}_{number}", 63)
    with _made(name, connection.ops.quote_name(database)):
        yield name


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """This process works in another database of the same server meanwhile."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def _made(name: str, template: str) -> Iterator[None]:
    """Makes a database; nobody is connected to its template meanwhile. As Django's own test runner does."""
    quoted = connection.ops.quote_name(name)
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE {template}")
    try:
        yield
    finally:
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def _people() -> Iterator[str]:
    """The customers one after the other, in an order of no meaning, again and again."""
    keys = [str(key) for key in Customer.objects.order_by("id").values_list("user_id", flat=True)]
    step = 7919  # a prime, so that every customer has a turn
    while True:
        yield from (keys[number * step % len(keys)] for number in range(len(keys)))


def _grow(size: int) -> None:
    """Publish segments until so many are live, each over everybody."""
    for number in range(Segment.objects.count(), size):
        document = {"version": 1, "include": {"op": "all", "conditions": _conditions(number)}}
        now = clock.now()
        segment = create(name=f"Growth {number}", slug=f"growth-{number}", rule=document, by=None, now=now)
        run(job=publish(segment=segment, by=None, now=now), now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _conditions(number: int) -> list[dict[str, Any]]:
    """Of the first five, a count of the event in a window of its own and an attribute; the others count other events."""
    event = EVENT if number < READING else OTHERS[number % len(OTHERS)]
    window = {"last": {"amount": 7 + number, "unit": "days"}}
    count = {"type": "event", "event": event, "measure": {"aggregate": "count"}, "window": window}
    country = {"type": "attribute", "key": "country", "operator": "is", "value": COUNTRIES[number % len(COUNTRIES)]}
    return [{**count, "operator": "gte", "value": 1 + number % 3}, country]


def _taken(source: Source, people: Iterator[str], batch: int, tries: int) -> list[Taken]:
    """What one event took in each of some batches, in milliseconds that passed and of the processor."""
    found = []
    for number in range(-WARMING, tries):
        received = clock.now()
        calls = [
            {
                "type": "track",
                "userId": person,
                "event": EVENT,
                "messageId": f"{batch}-{person}-{received.isoformat()}",
                "timestamp": (received - timedelta(seconds=1)).isoformat(),
                "properties": {"category": "Shoes", "price": 12.5},
            }
            for person in islice(people, batch)
        ]
        ingest(source=source, calls=calls, received_at=received)
        began, spent = time.perf_counter(), _processor_seconds()
        done = evaluate(now=clock.now(), limit=batch)
        if done.customers != batch:
            raise RuntimeError(f"{done.customers} customers were evaluated in place of {batch}")
        wall, processor = time.perf_counter() - began, _processor_seconds() - spent
        if number >= 0:
            found.append((wall * 1000 / batch, processor * 1000 / batch))
    return found


def _median(taken: list[Taken]) -> dict[str, float]:
    wall, processor = (median(column) for column in zip(*taken, strict=True))
    return {"wall": round(wall, 3)} | ({"processor": round(processor, 3)} if processor else {})


def _processor_seconds() -> float:
    """What this process and the PostgreSQL process that serves it have worked so far; 0 where that cannot be known."""
    served = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    local = connection.connection.info.host.startswith(("/", "127.", "localhost")) and served.exists()
    return time.process_time() + int(served.read_text().split()[0]) / 1e9 if local else 0.0


def _ratios(costs: dict[int, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """What the event costs with 400 segments, in units of what it costs with five."""
    few, many = costs[READING], costs[SIZES[-1]]
    return {batch: {kind: round(many[batch][kind] / cost, 2) for kind, cost in few[batch].items()} for batch in few}
