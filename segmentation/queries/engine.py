"""How the engine is doing: what evaluations cost, what waits, how far the clock is swept, what the audits found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from customers.models import DirtyCustomer
from segmentation.models import AuditRun, EngineRun, Job, PercentileThreshold, Segment, Sweep
from segmentation.models.segment import Status

# Events count within seconds and the clock within fifteen: whatever is a minute late waits for nobody who works.
LATE = timedelta(minutes=1)
# Thresholds are computed anew at least hourly.
STALE = timedelta(hours=1)
KINDS = {"batch": "Batch", "sweep": "Sweep", "rebuild": "Rebuild", "audit": "Audit"}
BY_TIME, BY_COST = "newest", "slowest"


@dataclass(frozen=True)
class EngineState:
    """What waits and how late it is. Lags are lengths of time; None where there is nothing to measure."""

    at: datetime
    waiting: int
    oldest_mark: timedelta | None
    swept_until: datetime | None
    sweep_lag: timedelta | None
    thresholds: int
    thresholds_at: datetime | None
    thresholds_age: timedelta | None
    jobs_running: int
    jobs_waiting: int
    live: int
    stopped: int
    audited_at: datetime | None
    audited: int
    wrong: int

    @property
    def behind(self) -> bool:
        """Whether customers wait longer than they should."""
        return self.oldest_mark is not None and self.oldest_mark > LATE

    @property
    def clock_behind(self) -> bool:
        """Whether the clock was not swept for too long, while segments are live."""
        return bool(self.live) and self.sweep_lag is not None and self.sweep_lag > LATE

    @property
    def thresholds_stale(self) -> bool:
        """Whether a stored threshold is older than it may be."""
        return self.thresholds_age is not None and self.thresholds_age > STALE

    @property
    def false_rate(self) -> float | None:
        """The share of audited memberships that were wrong; None before the first audit."""
        return self.wrong / self.audited if self.audited else None


def engine_state(*, now: datetime) -> EngineState:
    """The state of the engine at `now`, from its tables."""
    dirty = DirtyCustomer.objects.aggregate(many=Count("pk"), oldest=Min("marked_at"))
    until = Sweep.objects.values_list("until", flat=True).first()
    stored = PercentileThreshold.objects.aggregate(many=Count("pk"), oldest=Min("computed_at"))
    jobs = Job.objects.aggregate(
        running=Count("pk", filter=Q(state=Job.State.RUNNING)), waiting=Count("pk", filter=Q(state=Job.State.WAITING))
    )
    live = Segment.objects.filter(status=Status.LIVE, kind=Segment.Kind.DYNAMIC)
    audits = last_audits().aggregate(at=Min("at"), checked=Sum("checked"), wrong=Sum("wrong"))
    return EngineState(
        at=now,
        waiting=dirty["many"],
        oldest_mark=_age(dirty["oldest"], now),
        swept_until=until,
        sweep_lag=_age(until, now),
        thresholds=stored["many"],
        thresholds_at=stored["oldest"],
        thresholds_age=_age(stored["oldest"], now),
        jobs_running=jobs["running"],
        jobs_waiting=jobs["waiting"],
        live=live.filter(error="").count(),
        stopped=live.exclude(error="").count(),
        audited_at=audits["at"],
        audited=audits["checked"] or 0,
        wrong=audits["wrong"] or 0,
    )


def last_audits() -> QuerySet[AuditRun]:
    """The last audit of each segment that is live."""
    last = AuditRun.objects.order_by("segment", "-at", "-pk").distinct("segment").values("pk")
    return AuditRun.objects.filter(pk__in=last, segment__status=Status.LIVE).select_related("segment")


def last_runs(*, kind: str = "") -> QuerySet[EngineRun]:
    """The last evaluation of each kind over each segment in use; `kind` takes those of one kind."""
    runs = EngineRun.objects.filter(kind=kind) if kind else EngineRun.objects.all()
    last = runs.order_by("segment", "kind", "-at", "-pk").distinct("segment", "kind").values("pk")
    return EngineRun.objects.filter(pk__in=last).exclude(segment__status=Status.ARCHIVED).select_related("segment")


def runs_of(segment: Segment, *, kind: str) -> QuerySet[EngineRun]:
    """The evaluations of one kind that are kept of a segment, the newest first."""
    return EngineRun.objects.filter(segment=segment, kind=kind).order_by("-at", "-pk")


def slowest_of(runs: QuerySet[EngineRun]) -> EngineRun | None:
    """The evaluation that took longest."""
    return runs.order_by(F("milliseconds").desc(), "-pk").first()


def _age(since: datetime | None, now: datetime) -> timedelta | None:
    return max(now - since, timedelta()) if since else None
