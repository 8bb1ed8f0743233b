"""The segments that have a place in the portfolio."""

from __future__ import annotations

from django.db.models import QuerySet

from segmentation.models import Segment


def ranked_segments() -> QuerySet[Segment]:
    """Live and paused segments, rank 1 first."""
    return Segment.objects.filter(rank__isnull=False).order_by("rank")


def order_with(segment: Segment, rank: int) -> list[str]:
    """The portfolio's order (slugs) with the segment at a place, the others as they stand."""
    order = list(ranked_segments().exclude(pk=segment.pk).values_list("slug", flat=True))
    order.insert(rank - 1, segment.slug)
    return order
