"""The list of customers, its count, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from common import clock
from common.csv import lines_of
from common.display import plain
from common.htmx import render
from customers.models import Customer
from customers.queries import columns as offers
from customers.queries import people
from customers.roles import allowed
from customers.views import saved

# So many rows come from the database at a time.
PORTION = 1000


@allowed()
def customers_page(request: HttpRequest) -> HttpResponse:
    """One page of the customers that fit; the exact count comes as a part of its own."""
    if to_view := saved.to_view(request, "customers"):
        return to_view
    wanted, now, offered = people.Wanted.of(request.GET), clock.now(), offers.columns_offered()
    columns = offers.columns_chosen(request.GET.getlist("columns"), offered)
    page = people.page_of_customers(wanted, cursor=request.GET.get("cursor", ""), now=now)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": list(offers.rows_with(page.rows, columns, now=now)),
        "columns": columns,
        "offered": _by_origin(offered, columns),
        "sort": wanted.sort,
        "sorts": people.SORTS,
        "channels": people.CHANNELS,
        "states": people.STATES,
        "days": people.DAYS,
        "countries": people.countries_in_use(),
        **saved.tabs(request, "customers"),
    }
    return render(request, "customers/customers.html", context, part="results")


def _by_origin(
    offered: dict[str, offers.Column], chosen: Sequence[offers.Column]
) -> list[tuple[str, list[tuple[offers.Column, bool]]]]:
    """The columns to choose from, under headings, each with whether it is chosen."""
    marked = [(column, column in chosen) for column in offered.values()]
    traits = [one for one in marked if one[0].trait]
    return [("Profile", [one for one in marked if not one[0].trait]), ("From orders", traits)]


@allowed()
def customers_count(request: HttpRequest) -> HttpResponse:
    """How many customers fit, exactly, and as of when."""
    wanted, now = people.Wanted.of(request.GET), clock.now()
    count = people.customers_wanted(wanted, now=now).count()
    context = {
        "count": count,
        "base": Customer.objects.count() if wanted.narrowed else count,
        "now": now,
        "wanted": wanted,
        "cut": people.matches_were_cut(wanted, count),
    }
    return render(request, "customers/count.html", context, part="count")


@allowed()
def customers_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows, all pages of it, as a file."""
    wanted, now = people.Wanted.of(request.GET), clock.now()
    columns = offers.columns_chosen(request.GET.getlist("columns"), offers.columns_offered())
    rows = people.in_order(people.customers_wanted(wanted, now=now), wanted)
    return csv_of(rows.prefetch_related("consents").iterator(PORTION), columns, now=now)


def csv_of(rows: Iterable[Customer], columns: Sequence[offers.Column], *, now: datetime) -> StreamingHttpResponse:
    """Customers with their columns as a file that is written while it is read."""
    header = ["id", "name", *(column.key for column in columns)]
    answer = StreamingHttpResponse(lines_of(header, _cells(rows, columns, now)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{now:%Y-%m-%d}.csv"'
    return answer


def _cells(rows: Iterable[Customer], columns: Sequence[offers.Column], now: datetime) -> Iterator[list[object]]:
    for customer, values in offers.rows_with(rows, columns, now=now):
        yield [customer.pk, str(customer), *(_written(value) for _, value in values)]


def _written(value: Any) -> object:
    """A value for a spreadsheet: instants as ISO 8601, numbers as they are, lists and objects as a person writes them."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int | float | str) else plain(value)
