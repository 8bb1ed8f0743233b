"""A synthetic base for benchmarks: customers with a long tail of activity over two years, streamed in with COPY."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from config.copying import arrays, copy, instants
from customers import partitions
from customers.arrange import arrange, out_of_order
from customers.models import EventName, Source
from customers.traits.totals import total_everyone

DAYS = 730
CUSTOMERS_A_PART = 10_000
ROWS_A_COPY = 250_000
Array = np.ndarray[Any, Any]
Say = Callable[[float, str], None]

# Share of each name among the events. A line belongs to an order and stands right after it.
MIX = {
    "Page Viewed": 0.315,
    "Product Viewed": 0.45,
    "Product Added": 0.06,
    "Order Completed": 0.025,
    "Product Ordered": 0.05,
    "Email Delivered": 0.065,
    "Email Opened": 0.025,
    "Email Link Clicked": 0.006,
    "Ticket Opened": 0.002,
    "Ticket Closed": 0.002,
}
LINES_AN_ORDER = 2
CATEGORIES = np.array(
    [
        "Activewear",
        "Basics",
        "Premium",
        "Shoes",
        "Bags",
        "Outdoor",
        "Kids",
        "Home",
        "Garden",
        "Beauty",
        "Books",
        "Toys",
        "Sports",
        "Jewellery",
        "Denim",
        "Knitwear",
        "Swimwear",
        "Accessories",
        "Electronics",
        "Gifts",
    ]
)
COUNTRIES, COUNTRY_SHARES = np.array(["DE", "PL", "FR", "US", "GB", "ES"]), [0.3, 0.2, 0.15, 0.15, 0.12, 0.08]
DEVICES, DEVICE_SHARES = np.array(["mobile", "desktop", "tablet"]), [0.6, 0.33, 0.07]
CONSENTS = (("email", 0.7, 0.1), ("sms", 0.3, 0.05))


@dataclass(frozen=True)
class Plan:
    customers: int
    events: int
    seed: int
    now: datetime


def load(plan: Plan, *, source: Source, say: Say) -> None:
    """Fills an empty base. Parts are committed one by one; a base that was cut off is dropped and loaded anew."""
    partitions.ensure(since=plan.now - timedelta(days=DAYS + 1), until=plan.now + timedelta(days=62))
    names = {
        name: EventName.objects.get_or_create(name=name, defaults={"first_received_at": plan.now})[0].pk for name in MIX
    }
    rng = np.random.default_rng(plan.seed)
    # A Pareto tail, cut where a customer would be a robot: a tenth of the customers make about half of the events.
    weights = np.minimum(rng.pareto(1.5, plan.customers), 100) + 0.15
    counts = rng.multinomial(plan.events, weights / weights.sum())
    first = _first_id(plan.customers)
    for start in range(0, plan.customers, CUSTOMERS_A_PART):
        part = counts[start : start + CUSTOMERS_A_PART]
        ids = np.arange(first + start, first + start + len(part))
        _people(ids, rng, plan)
        _events(ids, part, rng, plan, names, source)
        done = start + len(part)
        say(done / plan.customers, f"{counts[:done].sum():,} events of {done:,} customers")
    _sums(plan.now)


def _first_id(count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_customer', 'id'))")
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %s)", [first + count])
    return first


def _people(ids: Array, rng: np.random.Generator, plan: Plan) -> None:
    n = len(ids)
    numbers = pd.Series(ids).astype(str)
    born = pd.Series(np.datetime64("1945-01-01") + rng.integers(0, 365 * 62, n).astype("timedelta64[D]"))
    attributes = (
        '{"email":"u'
        + numbers
        + '@example.com","gender":"'
        + pd.Series(rng.choice(["female", "male"], n))
        + '","country":"'
        + pd.Series(rng.choice(COUNTRIES, n, p=COUNTRY_SHARES))
        + '","birthday":"'
        + born.dt.strftime("%Y-%m-%d")
        + '","points":'
        + pd.Series(rng.integers(0, 5000, n)).astype(str)
        + "}"
    )
    at = np.full(n, (plan.now - timedelta(days=DAYS)).isoformat())
    copy(
        "customers_customer (id, user_id, email, attributes, created_at, updated_at)",
        {
            "id": ids,
            "user_id": "u-" + numbers,
            "email": "u" + numbers + "@example.com",
            "attributes": attributes,
            "created": at,
            "updated": at,
        },
    )
    for kind, values in (("user_id", "u-" + numbers), ("email", "u" + numbers + "@example.com")):
        rows = {"customer_id": ids, "kind": np.full(n, kind), "value": values, "since": at}
        copy("customers_identity (customer_id, kind, value, since)", rows)
    for channel, yes, no in CONSENTS:
        draw = rng.random(n)
        asked = draw < yes + no
        states = np.where(draw < yes, "subscribed", "unsubscribed")[asked]
        rows = {"customer_id": ids[asked], "channel": np.full(asked.sum(), channel), "state": states, "at": at[asked]}
        copy("customers_consent (customer_id, channel, state, at)", rows)


def _events(
    ids: Array, counts: Array, rng: np.random.Generator, plan: Plan, names: dict[str, int], source: Source
) -> None:
    n = int(counts.sum())
    frame = pd.DataFrame({"customer_id": np.repeat(ids, counts)})
    end = np.datetime64(plan.now.replace(tzinfo=None), "us")
    frame["time"] = end - (rng.random(n) * DAYS * 86_400_000_000).astype("int64").astype("timedelta64[us]")
    # Lines are drawn as orders that bring their lines along, so that the number of rows stays as asked.
    shares = np.array(list(MIX.values()))
    frame["name"] = rng.choice(np.array(list(MIX)), n, p=shares / shares.sum())
    lines = frame["name"] == "Product Ordered"
    _attach_lines(frame, lines.to_numpy(), rng)
    frame["properties"] = _properties(frame, rng)
    frame = frame.sort_values(["customer_id", "time"], kind="stable", ignore_index=True)
    for start in range(0, n, ROWS_A_COPY):
        rows = frame.iloc[start : start + ROWS_A_COPY]
        time = instants(rows["time"])
        copy(
            "customers_event (customer_id, name_id, time, received_at, source_id, message_id, line, properties)",
            {
                "customer_id": rows["customer_id"],
                "name_id": rows["name"].map(names),
                "time": time,
                "received": time,
                "source_id": np.full(len(rows), source.pk),
                "message_id": "b-"
                + rows["customer_id"].astype(str)
                + "-"
                + pd.Series(rows.index, rows.index).astype(str),
                "line": rows["line"],
                "properties": rows["properties"],
            },
        )
    _orders(frame)


def _attach_lines(frame: pd.DataFrame, lines: Array, rng: np.random.Generator) -> None:
    """Gives each order its key and each line the customer, instant and key of an order of this part."""
    orders = np.flatnonzero(frame["name"].to_numpy() == "Order Completed")
    wanted = np.flatnonzero(lines)
    frame["order"] = -1
    frame["line"] = pd.array([None] * len(frame), dtype="Int16")
    frame.loc[orders, "order"] = orders
    if not len(orders):
        frame.loc[wanted, "name"] = "Product Viewed"
        return
    owner = np.repeat(orders, LINES_AN_ORDER)[: len(wanted)]
    owned, spare = wanted[: len(owner)], wanted[len(owner) :]
    for column in ("customer_id", "time"):
        frame.loc[owned, column] = frame[column].to_numpy()[owner]
    frame.loc[owned, "order"] = owner
    frame.loc[owned, "line"] = (np.arange(len(owned)) % LINES_AN_ORDER).astype("int16")
    frame.loc[spare, "name"] = "Product Viewed"


def _properties(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series[Any]:
    n = len(frame)
    price = pd.Series((rng.lognormal(3.6, 0.9, n)).round(2)).astype(str)
    category = pd.Series(CATEGORIES[(rng.power(0.6, n) * len(CATEGORIES)).astype(int)])
    device = pd.Series(rng.choice(DEVICES, n, p=DEVICE_SHARES))
    product = pd.Series(rng.integers(1, 20_000, n)).astype(str)
    key = frame["customer_id"].astype(str) + "-" + frame["order"].astype(str)
    coupon = pd.Series(np.where(rng.random(n) < 0.25, ',"coupon":"WELCOME"', ""))
    item = '{"product_id":"p' + product + '","category":"' + category + '","price":' + price
    order = '{"order_id":"o' + key + '","revenue":' + price + coupon + "}"
    texts = {
        "Page Viewed": '{"device":"' + device + '","path":"/c/' + product + '"}',
        "Product Viewed": item + ',"device":"' + device + '"}',
        "Product Added": item + ',"cart_value":' + price + "}",
        "Order Completed": order,
        "Product Ordered": item + ',"quantity":1,"revenue":' + price + ',"order_id":"o' + key + '"}',
    }
    properties = pd.Series('{"campaign":"c' + product.str.slice(0, 2) + '"}')
    for name, text in texts.items():
        properties = properties.where(frame["name"] != name, text)
    return properties


def _orders(frame: pd.DataFrame) -> None:
    orders = frame[frame["name"] == "Order Completed"]
    revenue = orders["properties"].str.extract(r'"revenue":([0-9.]+)')[0]
    key = "o" + orders["customer_id"].astype(str) + "-" + orders["order"].astype(str)
    copy(
        "customers_order (customer_id, key, ordered_at, revenue, refunds, categories)",
        {
            "customer_id": orders["customer_id"],
            "key": key,
            "ordered_at": instants(orders["time"]),
            "revenue": revenue,
            "refunds": np.full(len(orders), "[]"),
            "categories": arrays(_categories(frame), orders["order"]),
        },
    )


def _categories(frame: pd.DataFrame) -> pd.DataFrame:
    """The category of each line with the order it belongs to."""
    lines = frame[frame["name"] == "Product Ordered"]
    category = lines["properties"].str.extract(r'"category":"([^"]+)"')[0]
    return pd.DataFrame({"of": lines["order"], "text": category})


def _sums(now: datetime) -> None:
    total_everyone()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_eventtotal (customer_id, name_id, count, first_at, last_at) "
            "SELECT customer_id, name_id, count(*), min(time), max(time) FROM customers_event GROUP BY 1, 2"
        )
        cursor.execute(
            "UPDATE customers_customer c SET first_seen_at = t.first, last_seen_at = t.last FROM (SELECT customer_id, "
            "min(first_at) AS first, max(last_at) AS last FROM customers_eventtotal GROUP BY 1) t WHERE t.customer_id = c.id"
        )
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
    # As the nightly task has done it for a base that grew by itself.
    for partition in out_of_order(now=now):
        arrange(partition)
