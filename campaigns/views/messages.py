"""Messages: what was sent, will be, was withheld and why; and each one as it was read."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from campaigns.models import Journey, Message
from campaigns.reread import reread
from campaigns.views.templates import letter_page
from common import clock
from common.asked import text_in
from common.htmx import render
from common.pagination import Order, page_of
from common.problem import ProblemError
from customers.roles import allowed

NEWEST = Order(("planned_at", "id"), descending=True)
STATES = [(value, label) for value, label in Message.State.choices if value != Message.State.SENDING]
TITLES = {"opened": "Opened", "clicked": "Clicked", "unsubscribed": "Unsubscribed"}


@allowed()
def message_list(request: HttpRequest) -> HttpResponse:
    """Messages of all customers, newest first, by state and journey."""
    state, journey = request.GET.get("state", ""), text_in(request.GET.get("journey", ""))
    rows = Message.objects.select_related("customer", "journey")
    if state in Message.State.values:
        rows = rows.filter(state__in=("planned", "sending") if state == "planned" else (state,))
    if journey:
        rows = rows.filter(journey__slug=journey)
    try:
        page = page_of(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    except ProblemError:
        page = page_of(rows, NEWEST)
    context = {
        "page": page,
        "state": state,
        "wanted": journey,
        "states": STATES,
        "journeys": Journey.objects.order_by("name").values_list("slug", "name"),
        "counts": dict(Message.objects.order_by().values_list("state").annotate(Count("pk"))),
        "now": clock.now(),
    }
    return render(request, "campaigns/messages.html", context, part="results")


@allowed()
def message(request: HttpRequest, number: int) -> HttpResponse:
    """One message: whom, why or why not, what came of it."""
    row = _message(number)
    answers = [(TITLES.get(one.kind, one.kind), one) for one in row.responses.order_by("first_at")]
    context = {"message": row, "answers": answers, "links": row.links.order_by("position")}
    return render(request, "campaigns/message.html", context)


@allowed()
def message_body(request: HttpRequest, number: int) -> HttpResponse:
    """The letter alone, for the frame on its page. Looking at it here counts nothing."""
    read = reread(_message(number), now=clock.now())
    return letter_page(request, {"rendered": read.rendered, "fault": read.fault})


def _message(number: int) -> Message:
    rows = Message.objects.select_related("customer", "journey", "enrolment__version")
    return get_object_or_404(rows, pk=number)
