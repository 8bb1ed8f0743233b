"""Who came and went, and what caused it: the log of a segment, and one change of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from common.asked import text_in
from common.htmx import render
from common.pagination import Order, page_of
from customers.models import Event
from customers.queries.people import Wanted, customers_wanted
from customers.roles import allowed
from segmentation.models import MembershipChange
from segmentation.views.members import one_of
from segmentation.views.segment import segment_named, shared

KINDS = (
    ("all", "All"),
    ("entered", "Entered"),
    ("exited", "Left"),
    ("suppressed", "Suppressed"),
    ("released", "Released"),
)
CAUSES = (
    ("any", "Any cause"),
    ("event", "An event"),
    ("clock", "The clock"),
    ("attribute", "An attribute"),
    ("consent", "A consent"),
    ("score", "A score"),
    ("rule", "A new rule"),
    ("governance", "Governance"),
    ("manual", "By hand"),
    ("import", "An import"),
    ("merge", "A merge"),
)
BY_TIME = Order(("at", "id"), descending=True)
# The largest id the column holds.
MOST_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Period:
    """Which changes are asked for: of a kind, a cause, a customer, of some days (UTC, both counted)."""

    kind: str
    cause: str
    search: str
    since: date | None
    until: date | None

    @classmethod
    def of(cls, request: HttpRequest) -> Period:
        """Read the parameters `kind`, `cause`, `q`, `from` and `to`; what cannot be read asks for nothing."""
        told = request.GET
        kind, cause = one_of(told.get("kind", ""), KINDS), one_of(told.get("cause", ""), CAUSES)
        search = text_in(told.get("q", "")).strip()[:200]
        return cls(kind, cause, search, _day(told.get("from", "")), _day(told.get("to", "")))

    def of_these(self, rows: QuerySet[MembershipChange]) -> QuerySet[MembershipChange]:
        """Those of the changes that are asked for."""
        rows = rows if self.kind == "all" else rows.filter(kind=self.kind)
        rows = rows if self.cause == "any" else rows.filter(cause_kind=self.cause)
        if self.since:
            rows = rows.filter(at__gte=datetime.combine(self.since, time(), UTC))
        if self.until:
            rows = rows.filter(at__lt=datetime.combine(self.until, time(), UTC) + timedelta(days=1))
        if self.search:
            people = customers_wanted(Wanted.of({"q": self.search}))
            rows = rows.filter(customer_id__in=list(people.values_list("pk", flat=True)))
        return rows

    @property
    def narrowed(self) -> bool:
        """Whether anything but the kind was asked for."""
        return bool(self.cause != "any" or self.search or self.since or self.until)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 and 1900 <= int(text[:4]) <= 9000 else None
    except ValueError:
        return None


@allowed()
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Every entry, exit, suppression and release with its cause, the newest first."""
    segment = segment_named(slug)
    asked = Period.of(request)
    rows = asked.of_these(MembershipChange.objects.filter(segment=segment))
    page = page_of(rows.select_related("customer", "suppressed_by"), BY_TIME, cursor=request.GET.get("cursor", ""))
    context = shared(segment, "changes", page=page, asked=asked, kinds=KINDS, causes=CAUSES)
    return render(request, "segmentation/changes.html", context, part="rows")


@allowed()
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One change with everything that is known of its cause: the event and what it said, the version, the setting."""
    segment = segment_named(slug)
    rows = segment.changes.select_related("customer", "suppressed_by")
    row = get_object_or_404(rows, pk=min(number, MOST_NUMBER))
    version = segment.versions.filter(number=row.version).first()
    context = shared(segment, "changes", change=row, version=version, events=_events_behind(row))
    return render(request, "segmentation/change.html", context)


def _events_behind(row: MembershipChange) -> list[Event]:
    """The events that came with the message that caused the change: the order, and the lines of it."""
    if row.cause_kind != "event":
        return []
    found = Event.objects.filter(customer_id=row.customer_id, message_id=row.cause_id, line__isnull=True)
    return list(found.select_related("name", "source")[:1])
