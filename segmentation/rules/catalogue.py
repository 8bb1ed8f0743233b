"""What a rule may mention, handed to `parse` and `check`: names and types only, no database behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from segmentation.rules.nodes import ValueType

BUILT_IN: Mapping[str, ValueType] = MappingProxyType(
    {
        "user_id": ValueType.TEXT,
        "email": ValueType.TEXT,
        "phone": ValueType.TEXT,
        "first_name": ValueType.TEXT,
        "last_name": ValueType.TEXT,
        "gender": ValueType.TEXT,
        "birthday": ValueType.DATE,
        "age": ValueType.NUMBER,
        "country": ValueType.TEXT,
        "city": ValueType.TEXT,
        "postal_code": ValueType.TEXT,
        "language": ValueType.TEXT,
        "timezone": ValueType.TEXT,
        "known": ValueType.BOOLEAN,
        "created_at": ValueType.DATE,
        "first_seen_at": ValueType.DATE,
        "last_seen_at": ValueType.DATE,
    }
)

ORDER_TRAITS: Mapping[str, ValueType] = MappingProxyType(
    {
        "orders_ever": ValueType.NUMBER,
        "orders_12_months": ValueType.NUMBER,
        "revenue_ever": ValueType.NUMBER,
        "total_revenue": ValueType.NUMBER,
        "revenue_12_months": ValueType.NUMBER,
        "refunded_revenue": ValueType.NUMBER,
        "average_order_value": ValueType.NUMBER,
        "first_order_at": ValueType.DATE,
        "last_order_at": ValueType.DATE,
        "days_since_last_order": ValueType.NUMBER,
        "purchase_cycle_days": ValueType.NUMBER,
        "most_orders_in_one_category": ValueType.NUMBER,
    }
)

# Properties that every event has; a received property of the same name is not seen.
EVENT_BUILT_IN: Mapping[str, ValueType] = MappingProxyType(
    {
        "$hour": ValueType.NUMBER,
        "$weekday": ValueType.NUMBER,
        "$store": ValueType.TEXT,
        "$source": ValueType.TEXT,
    }
)


def _default_types() -> Mapping[str, ValueType]:
    return MappingProxyType({**ORDER_TRAITS, **BUILT_IN})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The names a rule can use.

    `attributes` are the declared types: an operator of another type on one of them is a fault. `learnt` are types
    guessed from traffic: another type is a warning only, since one odd value must not make a rule invalid. An
    attribute in neither is allowed; its type follows from the operator and its value. `events`, `properties` (by
    event name) and `segments` (slug to status) are None where unknown, and then nothing is said about them.
    """

    attributes: Mapping[str, ValueType] = field(default_factory=_default_types)
    learnt: Mapping[str, ValueType] = field(default_factory=dict)
    events: frozenset[str] | None = None
    properties: Mapping[str, frozenset[str]] | None = None
    segments: Mapping[str, str] | None = None

    def reads_seconds(self, key: str) -> bool:
        """Whether a number in this attribute is seconds since 1970: where the catalogue says it is a date."""
        return self.attributes.get(key) is ValueType.DATE
