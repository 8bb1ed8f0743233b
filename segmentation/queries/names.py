"""The names a condition may use, as people say them."""

from __future__ import annotations

from dataclasses import dataclass

from customers.models import CatalogueAttribute, CatalogueProperty, EventName
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.rules.catalogue import BUILT_IN, ORDER_TRAITS


@dataclass(frozen=True)
class Names:
    """Events; their properties by event; attributes with their types; segments that can be read, by slug."""

    events: list[str]
    properties: dict[str, list[str]]
    attributes: dict[str, str]
    segments: dict[str, str]


def names_known() -> Names:
    """All there are, by a few small queries."""
    properties: dict[str, list[str]] = {}
    for name, key in CatalogueProperty.objects.order_by("key").values_list("name__name", "key"):
        properties.setdefault(name, []).append(key)
    learnt = dict(CatalogueAttribute.objects.order_by("key").values_list("key", "type"))
    readable = Segment.objects.filter(status__in=(Status.LIVE, Status.PAUSED)).order_by("rank")
    return Names(
        events=list(EventName.objects.order_by("name").values_list("name", flat=True)),
        properties=properties,
        attributes={**learnt, **{key: str(type_) for key, type_ in {**BUILT_IN, **ORDER_TRAITS}.items()}},
        segments=dict(readable.values_list("slug", "name")),
    )
