"""The live event log and the input that was rejected."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from common import clock
from common.htmx import render, wants_part
from common.pagination import Order, page_of
from common.problem import ProblemError
from customers.models import EventName, Source
from customers.queries import log
from customers.roles import allowed


@allowed()
def events_page(request: HttpRequest) -> HttpResponse:
    """The last events received. A poll that names the newest it has seen gets 204 while nothing newer came."""
    now = clock.now()
    window = request.GET.get("window", "")
    window = window if window in log.WINDOWS else "5m"
    name, source = request.GET.get("name", ""), request.GET.get("source", "")
    events = list(log.events_received(since=now - log.WINDOWS[window][1], name=name, source=source)[: log.MOST])
    newest = f"{events[0].pk}.{len(events)}" if events else "none"
    if wants_part(request) and request.GET.get("seen") == newest:
        return HttpResponse(status=204)
    context = {
        "events": events,
        "newest": newest,
        "most": log.MOST,
        "window": window,
        "windows": log.WINDOWS,
        "name": name,
        "source": source,
        "names": EventName.objects.order_by("name"),
        "sources": Source.objects.order_by("name"),
        "last": None if events else log.last_received(),
    }
    return render(request, "customers/events.html", context, part="results")


@allowed()
def rejected_page(request: HttpRequest) -> HttpResponse:
    """What was not taken, the latest first, with the reason and the call as it came."""
    now = clock.now()
    source, reason = request.GET.get("source", ""), request.GET.get("reason", "")
    rows = log.rejected_input(source=source, reason=reason)
    order = Order(("received_at", "id"), descending=True)
    try:
        page = page_of(rows, order, cursor=request.GET.get("cursor", ""))
    except ProblemError:
        page = page_of(rows, order)
    context = {
        "page": page,
        "source": source,
        "reason": reason,
        "sources": Source.objects.order_by("name"),
        "reasons": log.reasons_of_rejection(since=now - timedelta(days=7)),
    }
    return render(request, "customers/rejected.html", context, part="results")
