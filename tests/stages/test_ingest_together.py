"""Verb 1 when many do it at once, with real commits: nothing is lost, nothing counts twice, nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction

from customers import partitions
from customers.ingest import Ingested, ingest
from customers.merge import merge
from customers.models import Customer, DirtyCustomer, Event, EventTotal, Identity, Order, Receipt, Source
from tests.stages.arrivals import NOW, identify, owner, send, track, web

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


def together(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all of it at once, each in a thread with a connection of its own; the first error is raised."""
    start = Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=60)
            return one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, one) for one in work]]


def sender(source: Source, *calls: dict[str, Any], at: datetime = NOW) -> Callable[[], Ingested]:
    return lambda: ingest(source=source, calls=calls, received_at=at)


def test_a_new_customer_met_by_many_at_once_is_one_customer() -> None:
    source = web()
    batches = [
        [track("A", messageId=f"{number}-{user}", userId=f"u{user}") for user in _order(number)]
        for number in range(AT_ONCE)
    ]
    taken = together([sender(source, *batch) for batch in batches])
    assert sum(one.accepted for one in taken) == AT_ONCE * 10
    assert Customer.objects.count() == Identity.objects.count() == 10
    assert list(EventTotal.objects.values_list("count", flat=True)) == [AT_ONCE] * 10
    assert {row.generation for row in DirtyCustomer.objects.all()} == {AT_ONCE}


def test_a_batch_that_lost_once_does_not_lose_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.ingest.ATTEMPTS", 2)
    source = web()

    def several(number: int) -> int:
        rounds = [
            [track("A", messageId=f"{turn}-{number}-{user}", userId=f"u{turn}-{user}") for user in _order(number)]
            for turn in range(4)
        ]
        return sum(sender(source, *batch)().accepted for batch in rounds)

    assert together([partial(several, number) for number in range(AT_ONCE)]) == [40] * AT_ONCE
    assert Customer.objects.count() == 40


def _order(number: int) -> list[int]:
    """Users forwards and backwards, so that careless locking would lock up."""
    users = list(range(10))
    return users if number % 2 else users[::-1]


def test_the_same_messages_sent_by_many_at_once_count_once() -> None:
    source = web()
    batch = [track("A", messageId=f"m{number}", userId=f"u{number % 3}") for number in range(30)]
    taken = together([sender(source, *(batch if number % 2 else batch[::-1])) for number in range(AT_ONCE)])
    assert sum(one.accepted for one in taken) == 30
    assert sum(one.duplicates for one in taken) == 30 * (AT_ONCE - 1)
    assert Receipt.objects.count() == Event.objects.count() == 30


def test_no_trait_told_at_once_is_lost() -> None:
    source = web()
    together([sender(source, identify({f"trait{number}": number})) for number in range(AT_ONCE)])
    assert owner("u1").attributes == {f"trait{number}": number for number in range(AT_ONCE)}


def test_refunds_of_one_order_at_once_all_count() -> None:
    source = web()
    send(track("Order Completed", properties={"order_id": "o", "revenue": 100}))
    refund = {"order_id": "o", "total": 1}
    together([sender(source, track("Order Refunded", messageId=f"r{n}", properties=refund)) for n in range(AT_ONCE)])
    assert len(Order.objects.get().refunds) == AT_ONCE


def test_a_month_that_many_need_at_once_gets_one_partition() -> None:
    source = web()
    _drop("2004_05")
    together(
        [
            sender(source, track("A", messageId=f"m{number}", userId=f"u{number}", timestamp="2004-05-05T00:00:00Z"))
            for number in range(AT_ONCE)
        ]
    )
    assert Event.objects.filter(time__year=2004).count() == AT_ONCE


def test_partitions_are_made_while_others_write() -> None:
    source = web()
    send(track("A"))
    _drop("2004_06")
    month = datetime.fromisoformat("2004-06-01T00:00:00+00:00")
    with transaction.atomic():
        partitions.ensure(since=month, until=month)
        taken = together([sender(source, track("B", messageId="m2"))])
        assert taken[0].accepted == 1
    assert Event.objects.count() == 2


def _drop(month: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS customers_event_{month}")


def test_events_that_come_while_profiles_merge_stay_with_the_customer() -> None:
    source = web()
    send(*(track("A", userId=f"u{number}", messageId=f"first{number}") for number in range(AT_ONCE)))
    work = [
        sender(source, {"type": "alias", "userId": "u0", "previousId": f"u{number}"}) for number in range(1, AT_ONCE)
    ]
    work += [
        sender(source, *(track("B", userId=f"u{user}", messageId=f"{number}-{user}") for user in range(AT_ONCE)))
        for number in range(3)
    ]
    together(work)
    assert Customer.objects.count() == 1
    customer = owner("u0")
    counted = dict(EventTotal.objects.filter(customer=customer).values_list("name__name", "count"))
    assert counted == {"A": AT_ONCE, "B": AT_ONCE * 3}
    assert Event.objects.filter(customer=customer).count() == AT_ONCE * 4


def test_a_merge_waits_for_the_events_that_are_being_written() -> None:
    source = web()
    send(track("A", userId="u1"), track("A", userId="u2"))
    kept, gone = owner("u2").pk, owner("u1").pk

    def join() -> None:
        merge(kept=kept, gone=gone, reason="by hand", now=NOW + timedelta(seconds=1))

    later = [track("B", userId="u1", messageId=f"m{number}") for number in range(5)]
    together([join, *(sender(source, call) for call in later)])
    assert {row.customer_id for row in Event.objects.all()} == {kept}
    assert EventTotal.objects.get(name__name="B").count == 5
