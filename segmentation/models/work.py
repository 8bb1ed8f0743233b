"""What the engine remembers of its own work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.expressions import RawSQL

from segmentation.models.segment import Segment


class Sweep(models.Model):
    """How far the clock has been swept: every edge up to `until` has been looked at. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()


class PercentileThreshold(models.Model):
    """The stored threshold of a percentile condition, shared by the live rules that ask for it."""

    key = models.TextField()
    side = models.CharField(max_length=8)
    percent = models.DecimalField(max_digits=12, decimal_places=8)
    value = models.DecimalField(max_digits=60, decimal_places=20, null=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "side", "percent"], name="threshold_is_unique")]


class Job(models.Model):
    """Long work with progress: a rebuild, a backtest, a threshold sweep, an export. Can be cancelled, survives a crash."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=24)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    progress = models.FloatField(default=0)
    said = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "kind", "created_at"], name="job_state")]


class LookedAt(models.Model):
    """A customer whom the live path evaluated while a rebuild was open, and the last transaction that did.

    Kept for rebuilds alone: they decide about everybody else by the answers of one statement.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    transaction = models.BigIntegerField(db_default=RawSQL("pg_current_xact_id()::text::bigint", []))

    class Meta:
        verbose_name_plural = "customers looked at"


class EngineRun(models.Model):
    """One evaluation over a segment: how many customers it looked at, how long it took, what it ran."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=12, help_text="rebuild, batch, sweep, preview, audit")
    at = models.DateTimeField()
    customers = models.PositiveIntegerField(null=True)
    rows = models.PositiveIntegerField()
    milliseconds = models.FloatField()
    statement = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["segment", "-at"], name="run_segment")]


class AuditRun(models.Model):
    """One self-audit of one segment: how many were evaluated again, and how many were wrong."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="audits")
    at = models.DateTimeField()
    checked = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    full = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["segment", "-at"], name="audit_segment")]


class AuditFinding(models.Model):
    """A customer whose stored membership differed from the rule: an incident."""

    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="findings")
    customer_id = models.BigIntegerField()
    stored = models.BooleanField()
    should_be = models.BooleanField()
