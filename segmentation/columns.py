"""Values of customers under the names that rules use: attributes, traits and what is computed from orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.models import CatalogueAttribute
from segmentation.compiler import select
from segmentation.engines import postgres
from segmentation.queries.surroundings import surroundings
from segmentation.rules.catalogue import BUILT_IN, ORDER_TRAITS
from segmentation.rules.nodes import Attribute, Group, Rule, Test, ValueType

# So many are shown beside each other, and go into a file.
MOST_SHOWN, MOST_EXPORTED = 8, 40


def column_keys() -> list[str]:
    """Every key that a list can show, by name."""
    learnt = CatalogueAttribute.objects.values_list("key", flat=True)
    return sorted({*BUILT_IN, *ORDER_TRAITS, *learnt})


def chosen(keys: Sequence[str], *, most: int = MOST_SHOWN) -> list[str]:
    """Those of the keys that there are, each once, in the order asked for."""
    known = set(column_keys())
    return [key for key in dict.fromkeys(keys) if key in known][:most]


def values_of(*, keys: Sequence[str], customers: Sequence[int], now: datetime) -> dict[int, list[Any]]:
    """By customer the value of each key as rules read it at `now`; None where there is none."""
    if not keys or not customers:
        return {}
    nodes = [Attribute(key, Test(ValueType.ANY, "is_set")) for key in keys]
    around = surroundings([Rule(Group("all", tuple(nodes)))], now=now, stored_thresholds=False)
    rows = postgres.rows(select.truths(nodes, around, customers))
    return {customer: answers[1::2] for customer, *answers in rows}
