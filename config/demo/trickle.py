"""The live trickle of the demo shop: shoppers who visit, look, fill a cart and sometimes buy, sent over the public API."""

from __future__ import annotations

import heapq
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

Step = tuple[float, str, dict[str, Any]]
PATHS = ("/", "/offers", "/new", "/search")


@dataclass(frozen=True)
class Product:
    """What an event says of a product; `price` in the shop's currency."""

    product_id: str
    name: str
    category: str
    price: float

    def as_properties(self) -> dict[str, Any]:
        return {"product_id": self.product_id, "name": self.name, "category": self.category, "price": self.price}


@dataclass
class Trickle:
    """`shoppers` are user ids. `send` posts one batch and raises httpx.HTTPError where that fails."""

    shoppers: list[str]
    products: list[Product]
    send: Callable[[list[dict[str, Any]]], None]
    chance: random.Random
    per_minute: float = 20
    visits: list[tuple[float, int, str, Iterator[Step]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    next_visit: float = 0

    def tick(self, *, elapsed: float, now: datetime) -> int:
        """Sends what is due `elapsed` seconds after the start; returns how many events that was."""
        while self.next_visit <= elapsed:
            visit = _visit(self.chance, self.products)
            heapq.heappush(self.visits, (self.next_visit, next(self.numbers), self.chance.choice(self.shoppers), visit))
            self.next_visit += self.chance.expovariate(self.per_minute / 60)
        batch = []
        while self.visits and self.visits[0][0] <= elapsed:
            due, number, shopper, visit = heapq.heappop(self.visits)
            step = next(visit, None)
            if step is None:
                continue
            batch.append(_call(shopper, step[1], step[2], now))
            heapq.heappush(self.visits, (due + step[0], number, shopper, visit))
        if batch:
            self.send(batch)
        return len(batch)


def _visit(chance: random.Random, products: list[Product]) -> Iterator[Step]:
    """Seconds until the next step, the event, its properties."""
    device = chance.choice(["mobile", "mobile", "desktop", "tablet"])
    yield chance.uniform(3, 12), "Page Viewed", {"path": chance.choice(PATHS), "device": device}
    seen = chance.sample(products, k=min(len(products), chance.randint(1, 5)))
    for product in seen:
        yield chance.uniform(4, 25), "Product Viewed", {**product.as_properties(), "device": device}
    if chance.random() < 0.45:
        return
    cart = [(product, chance.randint(1, 4)) for product in seen if chance.random() < 0.7] or [(seen[0], 2)]
    value = 0.0
    for product, quantity in cart:
        value = round(value + product.price * quantity, 2)
        yield (
            chance.uniform(4, 20),
            "Product Added",
            {**product.as_properties(), "quantity": quantity, "cart_value": value},
        )
    if chance.random() < 0.4:
        return
    yield chance.uniform(6, 20), "Checkout Started", {"value": value}
    lines = [{**product.as_properties(), "quantity": quantity} for product, quantity in cart]
    order = f"live-{chance.getrandbits(48):012x}"
    yield 1, "Order Completed", {"order_id": order, "revenue": value, "currency": "USD", "products": lines}


def _call(shopper: str, event: str, properties: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": str(uuid.uuid4()),
        "userId": shopper,
        "event": event,
        "timestamp": now.isoformat(),
        "properties": properties,
    }


def sender(base_url: str, write_key: str) -> Callable[[list[dict[str, Any]]], None]:
    """Posts batches to the tracking API of an installation, as any client would."""
    client = httpx.Client(base_url=base_url, auth=(write_key, ""), timeout=10)

    def send(batch: list[dict[str, Any]]) -> None:
        client.post("/v1/batch", json={"batch": batch}).raise_for_status()

    return send
