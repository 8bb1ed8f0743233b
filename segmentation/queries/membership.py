"""Who is in which segment, how many, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from segmentation.models import Membership, MembershipChange, Segment, SizeChange
from segmentation.models.membership import State


@dataclass(frozen=True)
class Counts:
    """How many members a segment has, by state."""

    active: int = 0
    suppressed: int = 0

    @property
    def total(self) -> int:
        return self.active + self.suppressed


def active_q() -> Q:
    """Memberships of a segment that may speak to the customer."""
    return Q(state=State.ACTIVE)


def in_segment_q(slug: str, member: str) -> Q:
    """Customers who are in a segment now, `active` or `any`; nobody where there is no such segment."""
    segment = Segment.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if segment is None:
        return Q(pk__in=())
    return Q(memberships__segment=segment, **({"memberships__state": State.ACTIVE} if member == "active" else {}))


def members_of(segment: Segment, *, state: str = "all") -> QuerySet[Membership]:
    """The members of a segment, newest first; `state` is active, suppressed or all."""
    found = Membership.objects.filter(segment=segment).select_related("customer", "suppressed_by")
    if state != "all":
        found = found.filter(state=state)
    return found.order_by("-since", "-customer_id")


def members_at(segment: Segment, *, at: datetime, state: str = "all") -> QuerySet[MembershipChange]:
    """Who was in a segment at a past instant, newest first: the last change of each that was no exit, with `since`, as
    the change log tells it."""
    before = MembershipChange.objects.filter(segment=segment, at__lte=at)
    last = before.order_by("customer_id", "-at", "-pk").distinct("customer_id").values("pk")
    entered = before.filter(customer_id=OuterRef("customer_id"), kind=MembershipChange.Kind.ENTERED)
    found = MembershipChange.objects.filter(pk__in=last).exclude(kind=MembershipChange.Kind.EXITED)
    found = found.annotate(since=Subquery(entered.order_by("-at", "-pk").values("at")[:1]))
    if state != "all":
        found = found.filter(state=state)
    return found.select_related("customer", "suppressed_by").order_by("-since", "-customer_id")


def memberships_of(customer_id: int) -> QuerySet[Membership]:
    """The segments that a customer is in, by their place in the portfolio."""
    found = Membership.objects.filter(customer_id=customer_id).select_related("segment", "suppressed_by")
    return found.order_by("segment__rank", "segment__name")


def changes_since(segment: Segment, *, after: int = 0) -> QuerySet[MembershipChange]:
    """The changes of a segment after one of them (its id), oldest first."""
    found = MembershipChange.objects.filter(segment=segment, pk__gt=after)
    return found.select_related("customer", "suppressed_by").order_by("pk")


def changes_of(customer_id: int) -> QuerySet[MembershipChange]:
    """The changes of a customer, newest first."""
    found = MembershipChange.objects.filter(customer_id=customer_id).select_related("segment", "suppressed_by")
    return found.order_by("-at", "-pk")


def counts(segments: Iterable[int] | None = None) -> dict[int, Counts]:
    """The sizes of segments by id; all of them where none are named. One without members is absent.

    Exact, and no count: the database keeps the numbers that add up to them (`SizeChange`).
    """
    rows = SizeChange.objects.all() if segments is None else SizeChange.objects.filter(segment_id__in=list(segments))
    grouped = (
        rows.order_by()
        .values("segment_id")
        .annotate(active=Coalesce(Sum("more", filter=active_q()), 0), total=Sum("more"))
    )
    return {row["segment_id"]: Counts(row["active"], row["total"] - row["active"]) for row in grouped if row["total"]}
