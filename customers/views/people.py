"""The list of customers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from common import clock
from common.htmx import render
from customers.queries import people
from customers.roles import allowed


@allowed()
def customers_page(request: HttpRequest) -> HttpResponse:
    """One page of the customers that fit; the exact count comes as a part of its own."""
    wanted = people.Wanted.of(request.GET)
    context = {
        "wanted": wanted,
        "page": people.page_of_customers(wanted, cursor=request.GET.get("cursor", "")),
        "sorts": people.SORTS,
        "channels": people.CHANNELS,
        "states": people.STATES,
    }
    return render(request, "customers/customers.html", context, part="results")


@allowed()
def customers_count(request: HttpRequest) -> HttpResponse:
    """How many customers fit, exactly, and as of when."""
    wanted = people.Wanted.of(request.GET)
    now = clock.now()
    count = people.customers_wanted(wanted).count()
    context = {"count": count, "now": now, "wanted": wanted, "cut": people.matches_were_cut(wanted, count)}
    return render(request, "customers/count.html", context, part="count")
