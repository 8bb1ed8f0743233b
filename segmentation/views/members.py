"""Who is in a segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from common import clock
from common.asked import text_in
from common.csv import lines_of
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.columns import chosen, column_keys, values_of
from segmentation.export_members import HEADER as CSV_HEADER
from segmentation.export_members import KEPT, KIND, file_of
from segmentation.forms import instant_of
from segmentation.models import Job, Segment
from segmentation.queries.members import LEAVING, members_wanted
from segmentation.views.segment import segment_named, shared

STATES = (("active", "Active"), ("suppressed", "Suppressed"), (LEAVING, "Leaving"), ("all", "All"))
BY_SINCE = Order(("since", "customer_id"), descending=True)


@allowed()
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """The members by state and search, now or at a past instant, the latest first, with the columns asked for."""
    segment, asked, now = segment_named(slug), Asked.of(request), clock.now()
    rows = members_wanted(segment, state=asked.state, search=asked.search, at=asked.at)
    page = page_of(rows, BY_SINCE, cursor=request.GET.get("cursor", ""))
    count = rows.count()
    says = f"{count:,} customer{'' if count == 1 else 's'}, the latest first"
    people = [row.customer_id for row in page.rows]
    context = shared(
        segment,
        "members",
        page=page,
        asked=asked,
        states=STATES,
        says=says,
        now=now,
        keys=column_keys(),
        values=values_of(keys=asked.columns, customers=people, now=now),
        exports=_exports_of(segment, now),
    )
    return render(request, "segmentation/members.html", context, part="rows", status=422 if asked.fault else 200)


@dataclass(frozen=True)
class Asked:
    """What the address of the members asks for; `given` is the instant as it was written."""

    state: str
    search: str
    columns: list[str]
    given: str
    at: datetime | None
    fault: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Read the parameters `state`, `q`, `columns` (several, or with commas between) and `at`."""
        told = request.GET
        given, fault = told.get("at", ""), ""
        try:
            at = instant_of(given)
        except ValueError:
            at, fault = None, "This is no date and time."
        columns = ",".join(told.getlist("columns")).split(",")
        search = text_in(told.get("q", "")).strip()[:200]
        return cls(one_of(told.get("state", ""), STATES), search, chosen(columns), given, at, fault)

    @property
    def query(self) -> str:
        """The same as parameters of an address, without the page."""
        pairs = {"state": self.state, "q": self.search, "columns": ",".join(self.columns), "at": self.given}
        return urlencode({key: value for key, value in pairs.items() if value})


def _exports_of(segment: Segment, now: datetime) -> list[tuple[Job, bool]]:
    """The last files that were asked for, each with whether it lies ready."""
    rows = Job.objects.filter(segment=segment, kind=KIND, created_at__gte=now - KEPT).select_related("created_by")
    return [(job, file_of(job).is_file()) for job in rows.order_by("-created_at", "-pk")[:3]]


@allowed()
def members_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The same members as a file, streamed, without columns of one's choice."""
    segment, asked = segment_named(slug), Asked.of(request)
    if asked.fault:
        raise Http404(asked.fault)
    rows = members_wanted(segment, state=asked.state, search=asked.search, at=asked.at)
    answer = StreamingHttpResponse(lines_of(CSV_HEADER, _cells(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{segment.slug}.csv"'
    return answer


def _cells(rows: QuerySet[Any]) -> Iterator[tuple[object, ...]]:
    for row in rows.iterator(2000):
        person = row.customer
        yield person.pk, person.user_id, person.email, str(person), row.state, row.since.isoformat()


def one_of(asked: str, choices: tuple[tuple[str, str], ...]) -> str:
    """The choice that was asked for, else the first one."""
    return asked if asked in dict(choices) else choices[0][0]
