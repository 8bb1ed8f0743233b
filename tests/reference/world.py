"""Customers, events and sources as plain data, as they stand after ingest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from segmentation.rules.catalogue import Catalogue

ORDER_COMPLETED = "Order Completed"
PRODUCT_ORDERED = "Product Ordered"
LINE_PROPERTIES = ("product_id", "sku", "name", "category", "price", "quantity", "coupon")


@dataclass(frozen=True)
class Event:
    """One event. `received` is its place in the order of receipt; `line` is None unless it is derived from an order.

    `store` None: the source's store counts.
    """

    name: str
    time: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    received: int = 0
    line: int | None = None
    store: str | None = None
    source: str = "shop"


@dataclass(frozen=True)
class Change:
    """An entry into a segment (`entered`) or an exit (`exited`)."""

    segment: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Customer:
    """`attributes` are the traits as they came; the other fields are what ingest keeps beside them."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[Event] = ()
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    timezone: str | None = None
    created_at: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    consents: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Source:
    slug: str = "shop"
    store: str = "main"
    timezone: str = "UTC"


@dataclass(frozen=True)
class World:
    """A whole base: percentiles are over its customers."""

    customers: Sequence[Customer] = ()
    sources: Mapping[str, Source] = field(default_factory=lambda: {"shop": Source()})
    catalogue: Catalogue = field(default_factory=Catalogue)


def with_lines(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events with the `Product Ordered` lines of their orders after each, numbered in the order of receipt."""
    found: list[Event] = []
    for event in events:
        derived = _lines(event) if event.name == ORDER_COMPLETED and event.line is None else []
        for one in [event, *derived]:
            found.append(_received(one, len(found)))
    return tuple(found)


def _lines(order: Event) -> list[Event]:
    products = order.properties.get("products")
    if not isinstance(products, list):
        return []
    lines = []
    for number, product in enumerate(products):
        if not isinstance(product, dict):
            continue
        properties = {key: product[key] for key in LINE_PROPERTIES if key in product}
        if order.properties.get("order_id") is not None:
            properties["order_id"] = order.properties["order_id"]
        revenue = line_revenue(product)
        if revenue is not None:
            properties["revenue"] = revenue
        lines.append(Event(PRODUCT_ORDERED, order.time, properties, 0, number, order.store, order.source))
    return lines


def line_revenue(product: Mapping[str, Any]) -> Any:
    """Price times quantity; a quantity of one where there is none; None where either is no number."""
    price, quantity = product.get("price"), product.get("quantity")
    quantity = 1 if quantity is None else quantity
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (price, quantity))
    if not numbers:
        return None
    product_of_both = Decimal(repr(price)) * Decimal(repr(quantity))
    return int(product_of_both) if product_of_both == int(product_of_both) else float(product_of_both)


def _received(event: Event, place: int) -> Event:
    return replace(event, received=place)
