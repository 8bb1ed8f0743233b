"""Who is in a segment, and who came and went."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from common.csv import lines_of
from common.htmx import render
from common.pagination import Order, page_of
from customers.roles import allowed
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.queries.listing import Size, sizes_of
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
    """The members by state, the latest first, page by page."""
    segment = segment_named(slug)
    state = _one_of(request.GET.get("state", ""), STATES)
    rows = _members(segment, state).select_related("customer", "suppressed_by")
    page = page_of(rows, BY_SINCE, cursor=request.GET.get("cursor", ""))
    size = sizes_of([segment.pk]).get(segment.pk, Size())
    count = {"all": size.all, "active": size.active, "suppressed": size.suppressed}[state]
    says = f"{count:,} customers, the latest first"
    context = shared(segment, "members", page=page, state=state, states=STATES, says=says)
    return render(request, "segmentation/members.html", context, part="rows")


@allowed()
def members_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The same members as a file, streamed."""
    segment = segment_named(slug)
    rows = _members(segment, _one_of(request.GET.get("state", ""), STATES))
    answer = StreamingHttpResponse(lines_of(CSV_HEADER, _cells(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{segment.slug}.csv"'
    return answer


def _members(segment: Segment, state: str) -> QuerySet[Membership]:
    rows = Membership.objects.filter(segment=segment)
    return rows if state == "all" else rows.filter(state=state)


def _cells(rows: QuerySet[Membership]) -> Iterator[tuple[object, ...]]:
    for row in rows.select_related("customer").order_by("-since", "-customer_id").iterator(2000):
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
