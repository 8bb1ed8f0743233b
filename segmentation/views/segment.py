"""What the pages of one segment share: the tabs above them and the way to find it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from segmentation.models import Segment

TABS = (
    ("overview", "Overview"),
    ("members", "Members"),
    ("changes", "Changes"),
    ("why", "Why, why not"),
    ("versions", "Versions"),
    ("backtests", "Backtest"),
    ("used-by", "Used by"),
)
WITHOUT_A_RULE = frozenset({"why", "versions", "backtests"})


def segment_named(slug: str) -> Segment:
    """The segment of an address, or 404."""
    # What PostgreSQL takes as no text is no slug either.
    found = Segment.objects.select_related("owner", "live_version")
    return get_object_or_404(found, slug=slug.replace("\0", " "))


def shared(segment: Segment, tab: str, **more: Any) -> dict[str, Any]:
    """The context every page of a segment has; a static segment has no tab about rules."""
    static = segment.kind == Segment.Kind.STATIC
    tabs = [(name, label) for name, label in TABS if not (static and name in WITHOUT_A_RULE)]
    return {"segment": segment, "tab": tab, "segment_tabs": tabs, **more}
