"""What the pages of one journey share: the way to find it."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from campaigns.models import Journey


def journey_named(slug: str) -> Journey:
    """The journey of an address, or 404."""
    rows = Journey.objects.select_related("live_version", "submitted_by", "edited_by")
    return get_object_or_404(rows, slug=slug)
