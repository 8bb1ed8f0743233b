"""The engine: what waits, how far the clock is swept, and what the last evaluations of each segment cost."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.shortcuts import render as render_part

from common import clock
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.jobs import OPEN
from segmentation.models import EngineRun, Job
from segmentation.queries import engine as queries
from segmentation.statement_of import statement_of

ORDERS = {
    queries.BY_COST: (Order(("milliseconds", "id"), descending=True), "Slowest first"),
    queries.BY_TIME: (Order(("at", "id"), descending=True), "Newest first"),
}
JOBS = 10
# The largest id the column holds.
MOST_NUMBER = 2**63 - 1


@allowed()
def engine_page(request: HttpRequest) -> HttpResponse:
    """The state, and the last evaluation of each kind over each segment."""
    kind, sort = request.GET.get("kind", ""), request.GET.get("sort", "")
    kind = kind if kind in queries.KINDS else ""
    sort = sort if sort in ORDERS else queries.BY_COST
    runs = queries.last_runs(kind=kind)
    context = {
        "page": page_of(runs, ORDERS[sort][0], cursor=request.GET.get("cursor", "")),
        "slowest": queries.slowest_of(runs),
        "kind": kind,
        "kinds": queries.KINDS,
        "sort": sort,
        "sorts": {value: label for value, (_, label) in ORDERS.items()},
        "wrong_audits": queries.last_audits().filter(wrong__gt=0).order_by("-wrong"),
        **_state(),
    }
    return render(request, "segmentation/engine.html", context, part="runs")


@allowed()
def engine_state(request: HttpRequest) -> HttpResponse:
    """The numbers that renew themselves."""
    return render_part(request, "segmentation/engine_state.html", _state())


@allowed()
def engine_run(request: HttpRequest, number: int) -> HttpResponse:
    """One evaluation: its statement, and the earlier ones of the same kind over the segment."""
    rows = EngineRun.objects.select_related("segment__live_version")
    run = get_object_or_404(rows, pk=min(number, MOST_NUMBER))
    context = {
        "run": run,
        "kinds": queries.KINDS,
        "statement": statement_of(run=run, now=clock.now()),
        "runs": queries.runs_of(run.segment, kind=run.kind),
    }
    return render(request, "segmentation/engine_run.html", context)


def _state() -> dict[str, Any]:
    """The state with the jobs under way."""
    jobs = Job.objects.filter(state__in=OPEN).select_related("segment").order_by("created_at")
    return {"state": queries.engine_state(now=clock.now()), "jobs": jobs.defer("parameters", "result")[:JOBS]}
