"""The members of a segment as somebody wants to see them: a state, a search, now or at a past instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.queries.people import Wanted, customers_wanted
from segmentation.models import Segment
from segmentation.queries.membership import members_at, members_of

LEAVING = "leaving"


def members_wanted(
    segment: Segment, *, state: str = "active", search: str = "", at: datetime | None = None
) -> QuerySet[Any]:
    """Memberships, or, of an instant, the changes that say who was a member; the latest first.

    `state` is active, suppressed, all or leaving: those for whom the rule no longer holds, kept by hysteresis.
    """
    if at is not None:
        rows: QuerySet[Any] = members_at(segment, at=at, state="all" if state == LEAVING else state)
    else:
        rows = members_of(segment, state="all" if state == LEAVING else state)
        rows = rows.filter(false_since__isnull=False) if state == LEAVING else rows
    if search:
        people = customers_wanted(Wanted.of({"q": search}))
        rows = rows.filter(customer_id__in=list(people.values_list("pk", flat=True)))
    return rows
