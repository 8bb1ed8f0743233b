"""Who is in a segment, and who came and went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from common import clock
from common.csv import lines_of
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.forms import instant_of
from segmentation.models import MembershipChange, Segment
from segmentation.queries.membership import members_at, members_of
from segmentation.views.segment import segment_named, shared

STATES = (("active", "Active"), ("suppressed", "Suppressed"), ("all", "All"))
KINDS = (
    ("all", "All"),
    ("entered", "Entered"),
    ("exited", "Left"),
    ("suppressed", "Suppressed"),
    ("released", "Released"),
)
BY_SINCE = Order(("since", "customer_id"), descending=True)
BY_TIME = Order(("at", "id"), descending=True)
CSV_HEADER = ("id", "user_id", "email", "name", "state", "since")


@allowed()
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """The members by state, now or at a past instant, the latest first, page by page."""
    segment, given = segment_named(slug), request.GET.get("at", "")
    state = _one_of(request.GET.get("state", ""), STATES)
    try:
        at, fault = instant_of(given), ""
    except ValueError:
        at, fault = None, "This is no date and time."
    rows = _members(segment, state, at)
    page = page_of(rows, BY_SINCE, cursor=request.GET.get("cursor", ""))
    says = f"{rows.count():,} customers, the latest first"
    context = shared(
        segment,
        "members",
        page=page,
        state=state,
        states=STATES,
        says=says,
        at=at,
        given=given,
        now=clock.now(),
        fault=fault,
    )
    return render(request, "segmentation/members.html", context, part="rows", status=422 if fault else 200)


@allowed()
def members_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The same members as a file, streamed."""
    segment = segment_named(slug)
    try:
        at = instant_of(request.GET.get("at", ""))
    except ValueError as error:
        raise Http404("This is no date and time.") from error
    rows = _members(segment, _one_of(request.GET.get("state", ""), STATES), at)
    answer = StreamingHttpResponse(lines_of(CSV_HEADER, _cells(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{segment.slug}.csv"'
    return answer


def _members(segment: Segment, state: str, at: datetime | None) -> QuerySet[Any]:
    """The members of a state, or, of an instant, the changes that say who was one."""
    return members_at(segment, at=at, state=state) if at else members_of(segment, state=state)


def _cells(rows: QuerySet[Any]) -> Iterator[tuple[object, ...]]:
    for row in rows.iterator(2000):
        person = row.customer
        yield person.pk, person.user_id, person.email, str(person), row.state, row.since.isoformat()


def _one_of(asked: str, choices: tuple[tuple[str, str], ...]) -> str:
    return asked if asked in dict(choices) else choices[0][0]


@allowed()
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Every entry, exit, suppression and release with its cause, the newest first."""
    segment = segment_named(slug)
    kind = _one_of(request.GET.get("kind", ""), KINDS)
    rows = MembershipChange.objects.filter(segment=segment).select_related("customer", "suppressed_by")
    rows = rows if kind == "all" else rows.filter(kind=kind)
    page = page_of(rows, BY_TIME, cursor=request.GET.get("cursor", ""))
    context = shared(segment, "changes", page=page, kind=kind, kinds=KINDS)
    return render(request, "segmentation/changes.html", context, part="rows")
