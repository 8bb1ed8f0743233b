"""What the home page tells: what waits for somebody, and whether the pipe is healthy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Min, QuerySet

from campaigns.models import Journey, JourneyDecision, Message
from campaigns.models.journey import Status as JourneyStatus
from customers.models import Customer, DirtyCustomer, RejectedInput
from customers.queries import log
from segmentation.models import Job, Segment, Sweep
from segmentation.models.segment import Status as SegmentStatus

A_WEEK = timedelta(days=7)
LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class Pipe:
    """How the chain is doing now. Ages are seconds; None where there is nothing to measure."""

    events_per_minute: float
    last_event_at: datetime | None
    waiting: int
    oldest_seconds: float | None
    swept_seconds: float | None
    messages_due: int
    unknown_messages: int
    rejected_today: int

    @property
    def rate(self) -> float:
        """Events a minute as people read them: whole from ten up."""
        return round(self.events_per_minute, 0 if self.events_per_minute >= 10 else 1)

    @property
    def late(self) -> bool:
        """Whether evaluation or the sweep is behind what is promised."""
        ages = (self.oldest_seconds, self.swept_seconds)
        return any(age is not None and age > LATE.total_seconds() for age in ages)


def journeys_in_review() -> QuerySet[Journey]:
    """Journeys that wait for an approval, the longest waiting first."""
    waiting = Journey.objects.filter(status=JourneyStatus.IN_REVIEW).select_related("submitted_by")
    return waiting.order_by("updated_at", "pk")


def journeys_ready() -> QuerySet[Journey]:
    """Approved journeys that nobody has started yet."""
    return Journey.objects.filter(status=JourneyStatus.APPROVED).order_by("updated_at", "pk")


def broken_segments() -> QuerySet[Segment]:
    """Segments whose live rule cannot be evaluated: their last good membership is kept."""
    return Segment.objects.filter(status=SegmentStatus.LIVE).exclude(error="").order_by("rank")


def failed_jobs(*, now: datetime) -> QuerySet[Job]:
    """Long work that failed in the last week."""
    failed = Job.objects.filter(state=Job.State.FAILED, created_at__gte=now - A_WEEK)
    return failed.select_related("segment").order_by("-created_at")


def sent_back(person: AbstractBaseUser) -> list[JourneyDecision]:
    """The last word on each draft that a person submitted and an approver sent back."""
    drafts = JourneyDecision.objects.filter(journey__status=JourneyStatus.DRAFT, journey__submitted_by=person.pk)
    last = drafts.order_by("journey_id", "-at", "-pk").distinct("journey_id").values("pk")
    found = JourneyDecision.objects.filter(pk__in=last, kind="rejected").select_related("journey", "by")
    return list(found.order_by("-at"))


def last_error(*, now: datetime) -> Job | None:
    """The latest long work that failed in a week."""
    return failed_jobs(now=now).first()


def pipe(*, now: datetime) -> Pipe:
    """The health of the chain at an instant."""
    dirty = DirtyCustomer.objects.aggregate(count=Count("pk"), oldest=Min("marked_at"))
    swept = Sweep.objects.values_list("until", flat=True).first()
    recent = log.count_received(since=now - timedelta(minutes=5))
    return Pipe(
        events_per_minute=recent / 5,
        last_event_at=log.last_received(),
        waiting=dirty["count"],
        oldest_seconds=_age(dirty["oldest"], now),
        swept_seconds=_age(swept, now),
        messages_due=Message.objects.filter(state=Message.State.PLANNED, due_at__lte=now).count(),
        unknown_messages=Message.objects.filter(state=Message.State.UNKNOWN).count(),
        rejected_today=RejectedInput.objects.filter(received_at__gte=now - timedelta(days=1)).count(),
    )


def first_steps() -> dict[str, bool]:
    """What a new installation has done already; asked for its existence only, so it costs nothing."""
    return {
        "customers": Customer.objects.exists(),
        "segments": Segment.objects.filter(status=SegmentStatus.LIVE).exists(),
        "journeys": Journey.objects.filter(live_version__isnull=False).exists(),
    }


def _age(since: datetime | None, now: datetime) -> float | None:
    return max((now - since).total_seconds(), 0.0) if since else None
