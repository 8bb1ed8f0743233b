"""The addresses of the tracking spec."""

from __future__ import annotations

from django.urls import re_path

from customers.api.tracking import TrackingView

KIND_OF = {kind: kind for kind in ("identify", "track", "page", "screen", "alias", "group", "batch")} | {
    "import": "batch"
}

urlpatterns = [
    re_path(rf"^v1/{address}/?$", TrackingView.as_view(kind=kind), name=f"tracking-{address}")
    for address, kind in KIND_OF.items()
]
