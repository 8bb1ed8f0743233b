"""The numbers of a segment that take a moment: its KPI, who can be reached, what is wrong with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from common import clock
from common.htmx import render
from customers.roles import allowed
from segmentation.dependencies import READABLE
from segmentation.findings.told import findings
from segmentation.models import Segment
from segmentation.preview import reach_of
from segmentation.queries import listing
from segmentation.queries.kpis import kpi_of
from segmentation.views.segment import segment_named, shared


@allowed()
def numbers(request: HttpRequest, slug: str) -> HttpResponse:
    """The part of the overview that loads itself; without JavaScript a page."""
    segment = segment_named(slug)
    context = shared(segment, "overview", **measured(segment))
    return render(request, "segmentation/numbers.html", context, part="numbers")


def measured(segment: Segment) -> dict[str, Any]:
    """KPI, reach and findings at this moment."""
    now = clock.now()
    told = findings(now=now, only=[segment.pk])
    size = listing.sizes_of([segment.pk]).get(segment.pk, listing.Size())
    kpi = kpi_of(segment, now=now)
    return {
        "now": now,
        "size": size,
        "kpi": kpi,
        "reach": reach_of(segment=segment, now=now) if segment.status in READABLE else {},
        "findings": [one for one in told if one.dismissal is None],
        "dismissed": sum(one.dismissal is not None for one in told),
    }
