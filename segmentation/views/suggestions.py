"""What the builder offers while somebody types, as JSON. Asked of the database each time, never kept."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from common import clock
from common.asked import text_in
from customers.roles import allowed
from segmentation.propose import propose
from segmentation.queries import suggestions

MOST_TEXT = 200


def _text(request: HttpRequest, name: str) -> str:
    """One parameter, as text that a database can hold."""
    return text_in(request.GET.get(name, ""))[:MOST_TEXT]


def _events(request: HttpRequest) -> list[str]:
    return [text_in(name) for name in request.GET.getlist("event") if name][:50]


@never_cache
@allowed()
def events(request: HttpRequest) -> JsonResponse:
    """Names of events."""
    return JsonResponse({"results": suggestions.events_like(_text(request, "q"), now=clock.now())})


@never_cache
@allowed()
def properties(request: HttpRequest) -> JsonResponse:
    """Properties of the events named."""
    return JsonResponse({"results": suggestions.properties_like(_text(request, "q"), events=_events(request))})


@never_cache
@allowed()
def attributes(request: HttpRequest) -> JsonResponse:
    """Attributes and traits, of one type where that is asked."""
    found = suggestions.attributes_like(_text(request, "q"), type_=_text(request, "type"))
    return JsonResponse({"results": found})


@never_cache
@allowed()
def conditions(request: HttpRequest) -> JsonResponse:
    """Finished conditions for a text like “viewed Activewear 3 times in 2 days”, each with its sentence."""
    found = propose(text=_text(request, "q"), now=clock.now())
    return JsonResponse({"results": [proposal.as_dict() for proposal in found]})


@never_cache
@allowed()
def values(request: HttpRequest) -> JsonResponse:
    """Values of an attribute, or of a property of the events named."""
    text, attribute, key = (_text(request, name) for name in ("q", "attribute", "property"))
    if attribute:
        return JsonResponse({"results": suggestions.attribute_values_like(text, key=attribute)})
    return JsonResponse({"results": suggestions.property_values_like(text, events=_events(request), key=key)})
