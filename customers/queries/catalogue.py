"""What a rule may mention: attributes, events and properties, as built in, learnt and edited."""

from __future__ import annotations

from collections.abc import Collection

from customers.catalogue import BUILT_IN, ORDER_TRAITS
from customers.models import CatalogueAttribute, CatalogueProperty, EventName

# Every event has these, whatever was sent with it (docs/rules.md).
EVERY_EVENT = {"$hour": "number", "$weekday": "number", "$store": "text", "$source": "text"}


def attribute_types() -> dict[str, str]:
    """The attributes whose type is certain: built in, computed, or set by a person. Learnt types are hints only."""
    edited = CatalogueAttribute.objects.exclude(edited_at=None).values_list("key", "type")
    return dict(edited) | dict(BUILT_IN) | dict(ORDER_TRAITS)


def attribute_hints() -> dict[str, str]:
    """Every attribute known, with the type it is certain or seen to have: what a builder offers."""
    return dict(CatalogueAttribute.objects.values_list("key", "type").order_by("key")) | attribute_types()


def event_names() -> list[str]:
    """The names of all events that ever came in, derived lines too."""
    return list(EventName.objects.order_by("name").values_list("name", flat=True))


def properties_of(name: str) -> dict[str, str]:
    """The properties seen on events of one name, with the type they mostly have."""
    return properties_of_any([name])


def properties_of_any(names: Collection[str] | None) -> dict[str, str]:
    """The properties seen on events of any of these names (None: of any name at all)."""
    rows = CatalogueProperty.objects.order_by("key", "-last_seen_at")
    rows = rows if names is None else rows.filter(name__name__in=names)
    seen: dict[str, str] = {}
    for key, kind in rows.values_list("key", "type"):
        seen.setdefault(key, kind)
    return seen | EVERY_EVENT
