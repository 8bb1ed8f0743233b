"""What waits for somebody, for the counts beside the places of the rail. The rail stands on the pages of every app, and
none of them knows all the others: so the counts come to it by way of a context processor."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from campaigns.queries.awaiting import awaiting_count
from campaigns.queries.overview import broken_segments
from segmentation.queries.engine import last_audits


def waiting(request: HttpRequest) -> dict[str, SimpleLazyObject]:
    """`waiting`: counts by place, asked for only where a rail is drawn, and of nobody who is not signed in."""
    return {"waiting": SimpleLazyObject(lambda: _counts(request))}


def _counts(request: HttpRequest) -> dict[str, int]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "approvals": awaiting_count(),
        "segments": broken_segments().count(),
        "engine": last_audits().filter(wrong__gt=0).count(),
    }
