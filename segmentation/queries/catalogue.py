"""The catalogue that rules are parsed with: what customers' data holds, and the segments there are."""

from __future__ import annotations

from customers.models import CatalogueAttribute, CatalogueProperty, EventName
from segmentation.models import Segment
from segmentation.rules.catalogue import BUILT_IN, ORDER_TRAITS, Catalogue
from segmentation.rules.nodes import ValueType


def catalogue() -> Catalogue:
    """The declared types alone: all that deciding the meaning of a rule needs.

    Built-in attributes, computed traits and attributes whose type a person set have a type; one that was only learnt
    from traffic has none, since an odd value must not make a rule invalid.
    """
    edited = CatalogueAttribute.objects.filter(edited_at__isnull=False).values_list("key", "type")
    return Catalogue(attributes={**_types(dict(edited)), **ORDER_TRAITS, **BUILT_IN})


def full_catalogue() -> Catalogue:
    """With the names of events, properties and segments too, for the warnings of whoever draws a rule."""
    declared = catalogue().attributes
    learnt = CatalogueAttribute.objects.filter(edited_at__isnull=True).values_list("key", "type")
    properties: dict[str, set[str]] = {name: set() for name in EventName.objects.values_list("name", flat=True)}
    for name, key in CatalogueProperty.objects.values_list("name__name", "key"):
        properties.setdefault(name, set()).add(key)
    return Catalogue(
        attributes=declared,
        learnt={key: type_ for key, type_ in _types(dict(learnt)).items() if key not in declared},
        events=frozenset(properties),
        properties={name: frozenset(keys) for name, keys in properties.items()},
        segments=dict(Segment.objects.values_list("slug", "status")),
    )


def _types(named: dict[str, str]) -> dict[str, ValueType]:
    known = {type_.value: type_ for type_ in ValueType}
    return {key: known[type_] for key, type_ in named.items() if type_ in known}
