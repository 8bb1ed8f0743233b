"""Loads the demo shop into an empty base: customers, events, sums, orders. Streamed in with COPY, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection, transaction

from config.copying import arrays, copy, instants
from config.demo import people, shop, stream
from customers import partitions
from customers.models import Consent, ConsentChange, Customer, EventName, Identity, Source
from customers.traits.totals import total_everyone

CHUNK = 200_000
EVENT_COLUMNS = "customer_id, name_id, time, received_at, source_id, store, message_id, line, properties"
Say = Callable[[float, str], None]


@dataclass(frozen=True)
class Loaded:
    customers: int
    events: int


def load(*, now: datetime, scale: float, seed: int, source: Source, say: Say) -> Loaded:
    """Loads a share `scale` of the households. All or nothing: one transaction."""
    with transaction.atomic():
        partitions.ensure(since=now - timedelta(days=430), until=now + timedelta(days=62))
        names = NameIds(now)
        loaded = Loaded(0, 0)
        total = max(1.0, 2469 * min(scale, 1.0))
        for part in shop.parts(now=now, scale=scale):
            saved = _people(part, now=now, seed=seed)
            frame = stream.events(part, now=_naive(now), seed=seed + int(part.people["household"].iloc[0]))
            ids = {int(number): customer.pk for number, customer in zip(part.people["household"], saved, strict=True)}
            _copy_events(frame, ids, names, source)
            _copy_orders(part, ids, seed + int(part.people["household"].iloc[0]), now)
            loaded = Loaded(loaded.customers + len(saved), loaded.events + len(frame))
            say(loaded.customers / total * 0.8, f"{loaded.events:,} events of {loaded.customers:,} shoppers")
        say(0.85, "adding up")
        _sums()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return loaded


class NameIds:
    """Ids of event names, made as they are first met."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.ids: dict[str, int] = {}

    def of(self, names: pd.Series[Any]) -> pd.Series[Any]:
        for name in names.unique():
            if name not in self.ids:
                row, _ = EventName.objects.get_or_create(name=name, defaults={"first_received_at": self.now})
                self.ids[name] = row.pk
        return names.map(self.ids)


def _people(part: shop.Shop, *, now: datetime, seed: int) -> list[Customer]:
    firsts = part.baskets.groupby("household")["time"].min()
    drawn = people.customers(part.people, seed=seed, now=now)
    for number, customer in zip(part.people["household"], drawn, strict=True):
        joined = firsts.get(number)
        customer.created_at = now if joined is None else joined.to_pydatetime().replace(tzinfo=now.tzinfo)
    saved = Customer.objects.bulk_create(drawn)
    Identity.objects.bulk_create(people.identities(saved))
    states, changes = people.consents(saved, seed=seed)
    Consent.objects.bulk_create(states)
    ConsentChange.objects.bulk_create(changes)
    return saved


def _copy_events(frame: pd.DataFrame, ids: dict[int, int], names: NameIds, source: Source) -> None:
    for start in range(0, len(frame), CHUNK):
        rows = frame.iloc[start : start + CHUNK]
        time = instants(rows["time"])
        copy(
            f"customers_event ({EVENT_COLUMNS})",
            {
                "customer_id": rows["household"].map(ids),
                "name_id": names.of(rows["name"]),
                "time": time,
                "received_at": time,
                "source_id": np.full(len(rows), source.pk),
                "store": rows["store"],
                "message_id": rows["message"],
                "line": rows["line"],
                "properties": rows["properties"],
            },
        )


def _copy_orders(part: shop.Shop, ids: dict[int, int], seed: int, now: datetime) -> None:
    refunds = stream.refunds(part, seed=seed)
    refunds = refunds[refunds["time"] <= _naive(now)]
    texts = '[{"at":"' + instants(refunds["time"]) + '","amount":' + refunds["amount"].astype(str) + "}]"
    by_basket = dict(zip(refunds["basket"], texts, strict=True))
    baskets = part.baskets
    categories = part.lines[["basket", "category"]].set_axis(["of", "text"], axis="columns").astype({"text": str})
    copy(
        "customers_order (customer_id, key, ordered_at, revenue, refunds, categories)",
        {
            "customer_id": baskets["household"].map(ids),
            "key": "o-" + baskets["basket"].astype(str),
            "ordered_at": instants(baskets["time"]),
            "revenue": baskets["revenue"],
            "refunds": baskets["basket"].map(by_basket).fillna("[]"),
            "categories": arrays(categories, baskets["basket"]),
        },
    )


def _sums() -> None:
    """What ingest keeps beside the events: receipts, totals, and when each customer was first and last seen."""
    with connection.cursor() as cursor:
        for statement in SUMS:
            cursor.execute(statement)
    total_everyone()


RECEIPTS = """
INSERT INTO customers_receipt (key, received_at)
SELECT DISTINCT md5(message_id)::uuid, received_at FROM customers_event WHERE line IS NULL ON CONFLICT DO NOTHING"""

TOTALS = """
INSERT INTO customers_eventtotal (customer_id, name_id, count, first_at, last_at)
SELECT customer_id, name_id, count(*), min(time), max(time) FROM customers_event GROUP BY 1, 2"""

SEEN = """
UPDATE customers_customer c SET first_seen_at = t.first, last_seen_at = t.last, created_at = t.first
FROM (SELECT customer_id, min(first_at) AS first, max(last_at) AS last FROM customers_eventtotal GROUP BY 1) t
WHERE t.customer_id = c.id"""

# One event in twenty names every property that the shop has.
PROPERTIES = """
INSERT INTO customers_catalogueproperty (name_id, key, type, first_seen_at, last_seen_at)
SELECT e.name_id, p.key, mode() WITHIN GROUP (ORDER BY CASE jsonb_typeof(p.value)
    WHEN 'string' THEN 'text' WHEN 'array' THEN 'list' ELSE jsonb_typeof(p.value) END), min(e.time), max(e.time)
FROM (SELECT * FROM customers_event WHERE id % 20 = 0) e, jsonb_each(e.properties) p
WHERE jsonb_typeof(p.value) <> 'object' AND p.key <> 'products'
GROUP BY 1, 2 ON CONFLICT DO NOTHING"""

ATTRIBUTES = """
INSERT INTO customers_catalogueattribute (key, type, origin, description, first_seen_at, last_seen_at)
SELECT p.key, CASE min(jsonb_typeof(p.value)) WHEN 'string' THEN 'text' ELSE min(jsonb_typeof(p.value)) END,
    'custom', '', min(c.created_at), max(c.created_at)
FROM customers_customer c, jsonb_each(c.attributes) p
WHERE p.key IN ('points', 'income', 'household_size', 'kids_count', 'home_ownership')
GROUP BY 1 ON CONFLICT DO NOTHING"""

SUMS = (RECEIPTS, TOTALS, SEEN, PROPERTIES, ATTRIBUTES)


def _naive(now: datetime) -> np.datetime64:
    return np.datetime64(now.replace(tzinfo=None), "us")
