"""Ingest, two evaluators, the sweep, publishes, rebuilds and governance all at once, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from threading import Event

import pytest
from django.db import connection

from customers.ingest import ingest
from segmentation.evaluate import evaluate
from segmentation.governance import put_group, set_priorities
from segmentation.models import Segment
from segmentation.publish import publish
from segmentation.save import save_draft
from segmentation.sweep import sweep
from segmentation.work import work
from tests.flow.literal import assert_governed, assert_the_log_tells_it, assert_true
from tests.stages.shop import MINUTE, NOON, did, in_segment, live, pass_time, rule, source

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = ["Product Viewed", "Product Added", "Order Completed"]
SLUGS = ["a", "b", "c", "d", "e"]
ROUNDS = 25


class Clock:
    """Time that goes on a little with each look, for all threads alike."""

    def __init__(self) -> None:
        self._seconds = 0

    def now(self) -> datetime:
        self._seconds += 1
        return NOON + timedelta(seconds=20 * self._seconds)


def customers_act(clock: Clock) -> None:
    dice = Random(1)
    shop = source()
    for batch in range(ROUNDS):
        now = clock.now()
        calls = [
            {
                "type": "track",
                "userId": f"u{dice.randint(1, 12)}",
                "event": dice.choice(EVENTS),
                "messageId": f"m{batch}-{number}",
                "timestamp": (now + dice.choice([-90, 0, 0, 5]) * MINUTE).isoformat(),
                "properties": {"order_id": f"o{batch}-{number}", "revenue": 5},
            }
            for number in range(6)
        ]
        assert ingest(source=shop, calls=calls, received_at=now).accepted == 6


def marketers_act(clock: Clock) -> None:
    dice = Random(2)
    for number in range(ROUNDS // 3):
        segment = Segment.objects.get(slug=dice.choice("ab"))
        changed = rule(did(dice.choice(EVENTS), dice.randint(1, 3)), exclude=[did(dice.choice(EVENTS), 4)])
        save_draft(segment=segment, rule=changed, now=clock.now())
        publish(segment=segment, by=None, now=clock.now())
        if number % 2:
            put_group(name="Offers", segments=dice.sample(SLUGS, k=3), by=None, now=clock.now())
        else:
            set_priorities(segments=dice.sample(SLUGS, k=5), by=None, now=clock.now())


def test_everything_at_once_ends_at_the_truth() -> None:
    source()
    live("a", rule(did("Product Viewed", 2)))
    live("b", rule(did("Product Added")))
    live("c", rule(in_segment("a"), exclude=[in_segment("b")]))
    live("d", rule({**did("Order Completed"), "window": {"last": {"amount": 30, "unit": "minutes"}}}))
    live("e", rule(in_segment("c", "entered", days=1)))
    clock, over = Clock(), Event()

    def until_over(verb: Callable[..., object]) -> Callable[[], None]:
        def act() -> None:
            while not over.is_set():
                verb(now=clock.now())

        return act

    people = [lambda: customers_act(clock), lambda: marketers_act(clock)]
    workers = [until_over(verb) for verb in (evaluate, evaluate, sweep, work)]
    with ThreadPoolExecutor(len(people) + len(workers)) as pool:
        working = [pool.submit(on_its_own_connection, worker) for worker in workers]
        acting = [pool.submit(on_its_own_connection, person) for person in people]
        try:
            for done in acting:
                done.result(timeout=300)
        finally:
            over.set()
        for done in working:
            done.result(timeout=300)
    now = clock.now()
    while work(now=now):
        pass
    pass_time(now)
    assert_true(now)
    assert_governed()
    assert_the_log_tells_it(now)


def on_its_own_connection(act: Callable[[], None]) -> None:
    try:
        act()
    finally:
        connection.close()
