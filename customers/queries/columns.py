"""The columns of the list of customers: which there are, which somebody chose, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from customers.catalogue import ORDER_TRAITS
from customers.models import Customer
from customers.queries.catalogue import attribute_hints
from customers.queries.profiles import order_traits_of_each

MOST = 12
# The orders of so many customers are read at once.
PORTION = 500
DEFAULT = ("place", "channels", "first_seen_at", "last_seen_at")
NAMES = {
    "place": "Place",
    "channels": "May be reached by",
    "user_id": "User id",
    "email": "E-mail",
    "known": "Known",
    "created_at": "Created",
    "first_seen_at": "First seen",
    "last_seen_at": "Last seen",
}
KEPT = frozenset({"user_id", "email", "phone", "timezone", "known", "first_seen_at", "last_seen_at"})
# What is computed as the rule language says, and by nobody else; a higher app tells it, and says so at its start: the values
# of such keys at an instant, by customer.
COMPUTED = frozenset({"age"})
TOLD_BY_RULES: list[Callable[..., Mapping[int, list[Any]]]] = []
# The heading of a column that the list can be sorted by.
SORT_OF = {"first_seen_at": "new", "last_seen_at": "seen"}


@dataclass(frozen=True)
class Column:
    """One column: an attribute or a trait by its key, or one that the list makes of several."""

    key: str
    type: str

    @property
    def name(self) -> str:
        """Its heading: `revenue_12_months` as “Revenue 12 months”."""
        words = self.key.replace("_", " ").strip()
        return NAMES.get(self.key, words[:1].upper() + words[1:])

    @property
    def sort(self) -> str:
        """The order that its heading asks for; empty where there is none."""
        return SORT_OF.get(self.key, "")

    @property
    def trait(self) -> bool:
        """Whether it is computed from orders."""
        return self.key in ORDER_TRAITS

    @property
    def css(self) -> str:
        """Numbers stand under each other; on a phone only the last column stays beside the name."""
        return "n wide" if self.type == "number" else "wide"


def columns_offered() -> dict[str, Column]:
    """Every column that can be chosen, by key: the list's own, then attributes and traits as the catalogue has them."""
    own = {key: Column(key, "tags" if key == "channels" else "text") for key in ("place", "channels")}
    return own | {key: Column(key, kind) for key, kind in attribute_hints().items()}


def columns_chosen(keys: Iterable[str], offered: Mapping[str, Column]) -> list[Column]:
    """The columns that an address names, in its order; the usual ones where it names none that there are."""
    named = dict.fromkeys(key.strip() for text in keys for key in text.split(","))
    return [offered[key] for key in named if key in offered][:MOST] or [offered[key] for key in DEFAULT]


def rows_with(
    customers: Iterable[Customer], columns: Sequence[Column], *, now: datetime
) -> Iterator[tuple[Customer, list[tuple[Column, Any]]]]:
    """Each customer with what stands in the columns; traits are those of `now`."""
    asks_orders, left = any(column.trait for column in columns), iter(customers)
    while portion := list(islice(left, PORTION)):
        numbers = [customer.pk for customer in portion]
        traits = order_traits_of_each(numbers, now=now) if asks_orders else {}
        told = _told([column.key for column in columns], numbers, now)
        for customer in portion:
            theirs = traits.get(customer.pk, {}) | told.get(customer.pk, {})
            yield customer, [(column, _value(customer, column, theirs)) for column in columns]


def _value(customer: Customer, column: Column, traits: Mapping[str, Any]) -> Any:
    key = column.key
    if column.trait or key in COMPUTED:
        return traits.get(key)
    if key in KEPT:
        return getattr(customer, key)
    if key == "created_at":
        return customer.created_at or customer.first_seen_at
    if key == "channels":
        return [consent.channel for consent in customer.consents.all() if consent.state == "subscribed"]
    if key == "place":
        return ", ".join(
            str(customer.attributes[part]) for part in ("city", "country") if customer.attributes.get(part)
        )
    return customer.attributes.get(key)


def _told(keys: Sequence[str], customers: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """What rules compute of each customer, of the keys that they alone know how to."""
    asked = [key for key in keys if key in COMPUTED]
    return {
        customer: dict(zip(asked, values, strict=True))
        for tell in TOLD_BY_RULES
        for customer, values in (tell(keys=asked, customers=customers, now=now) if asked else {}).items()
    }
