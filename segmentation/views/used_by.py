"""What stands on a segment, and what it stands on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from common.htmx import render
from customers.roles import allowed
from segmentation.lifecycle import users_of
from segmentation.models import Exclusion
from segmentation.views.segment import segment_named, shared


@allowed()
def used_by(request: HttpRequest, slug: str) -> HttpResponse:
    """Segments and journeys that use it; what its rule reads; groups and exclusions it is in."""
    segment = segment_named(slug)
    keys = segment.dependencies.order_by("key").values_list("key", flat=True)
    exclusions = Exclusion.objects.select_related("segment", "excludes")
    context = shared(
        segment,
        "used-by",
        users=users_of(segment),
        reads=[key.split(":", 1) for key in keys],
        groups=segment.exclusion_groups.order_by("name"),
        excludes=exclusions.filter(segment=segment),
        excluded_by=exclusions.filter(excludes=segment),
    )
    return render(request, "segmentation/used_by.html", context)
