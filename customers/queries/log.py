"""What arrives: the live log of events and how many there are, by the time of receipt."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from customers.models import Event, EventName, RejectedInput, Source

MOST = 100
WINDOWS = {
    "5m": ("5 minutes", timedelta(minutes=5)),
    "1h": ("hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(hours=24)),
}


def events_received(*, since: datetime, name: str = "", source: str = "") -> QuerySet[Event]:
    """Received events (no derived order lines) since an instant, the latest first."""
    found = Event.objects.filter(received_at__gte=since, line__isnull=True)
    if name:
        found = found.filter(name_id__in=EventName.objects.filter(name=name).values("pk"))
    if source:
        found = found.filter(source_id__in=Source.objects.filter(slug=source).values("pk"))
    return found.select_related("customer", "name", "source").order_by("-received_at", "-id")


def count_received(*, since: datetime) -> int:
    """How many events were received since an instant."""
    return Event.objects.filter(received_at__gte=since, line__isnull=True).count()


def last_received() -> datetime | None:
    """When the last event came."""
    latest: datetime | None = Event.objects.filter(line__isnull=True).aggregate(at=Max("received_at"))["at"]
    return latest


def received_by_source(*, since: datetime) -> dict[int, int]:
    """Events by source since an instant."""
    counted = Event.objects.filter(received_at__gte=since, line__isnull=True).order_by()
    return dict(counted.values_list("source_id").annotate(Count("id")))


def rejected_input(*, source: str = "", reason: str = "") -> QuerySet[RejectedInput]:
    """What was not taken, in no order."""
    found = RejectedInput.objects.select_related("source")
    if source:
        found = found.filter(source__slug=source)
    return found.filter(reason=reason) if reason else found


def reasons_of_rejection(*, since: datetime, most: int = 8) -> list[tuple[str, int]]:
    """The most frequent reasons since an instant, with how often."""
    grouped = RejectedInput.objects.filter(received_at__gte=since).order_by().values_list("reason")
    return list(grouped.annotate(times=Count("pk")).order_by("-times", "reason")[:most])
