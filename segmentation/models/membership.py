"""Who is in which segment, and every change of it with its cause."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from customers.models import Customer
from segmentation.models.segment import Segment


class State(models.TextChoices):
    ACTIVE = "active", "Active"
    SUPPRESSED = "suppressed", "Suppressed"


class Membership(models.Model):
    """One customer in one segment now (qualified), and whether the segment may speak to them.

    `false_since` is when the rule was first seen false while hysteresis keeps the customer in; null while it holds.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    state = models.CharField(max_length=10, choices=State)
    since = models.DateTimeField()
    state_since = models.DateTimeField()
    suppressed_by = models.ForeignKey(
        Segment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    false_since = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="membership_is_unique")]
        indexes = [
            models.Index(fields=["customer", "segment", "state"], name="membership_customer"),
            models.Index(fields=["segment", "state", "-since", "-customer"], name="membership_since"),
            models.Index(
                fields=["suppressed_by"], name="membership_suppressed_by", condition=Q(suppressed_by__isnull=False)
            ),
        ]


class MembershipChange(models.Model):
    """One entry, exit, suppression or release, with the rule's version and what caused it. Append-only.

    `transaction` is the id of the database transaction that wrote the row: a reader that keeps a cursor takes only rows
    of transactions that are all over (`transaction < pg_snapshot_xmin(pg_current_snapshot())`), so none is skipped.
    `silent` changes start no journey. `caused_at` is when the cause happened, `at` the instant of the evaluation,
    `written_at` when the row was written, by the database's own clock: latency is measured to it.

    Whoever writes rows holds their customers and the portfolio, so that its keys hold good without being checked row by
    row, which costs a rebuild more than writing them.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", "Entered"
        EXITED = "exited", "Exited"
        SUPPRESSED = "suppressed", "Suppressed"
        RELEASED = "released", "Released"

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="changes", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="membership_changes", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, help_text="the state entered in, or left")
    at = models.DateTimeField()
    version = models.PositiveIntegerField()
    cause_kind = models.CharField(max_length=16)
    cause_id = models.TextField(blank=True)
    cause_detail = models.TextField(blank=True)
    caused_at = models.DateTimeField(null=True, blank=True)
    suppressed_by = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    silent = models.BooleanField(default=False)
    transaction = models.BigIntegerField(db_default=RawSQL("pg_current_xact_id()::text::bigint", []))
    written_at = models.DateTimeField(null=True, db_default=RawSQL("clock_timestamp()", []))

    class Meta:
        indexes = [
            models.Index(fields=["segment", "customer", "at", "id"], name="change_segment_customer"),
            models.Index(fields=["customer", "-at", "-id"], name="change_customer"),
            models.Index(fields=["segment", "-at", "-id"], name="change_segment"),
            models.Index(fields=["transaction", "id"], name="change_transaction"),
            models.Index(
                fields=["suppressed_by"], name="change_suppressed_by", condition=Q(suppressed_by__isnull=False)
            ),
        ]


class DueLook(models.Model):
    """An instant at which hysteresis lets a customer in or out: the sweep looks at them then, without an event."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="due_look_is_unique")]
        indexes = [models.Index(fields=["at"], name="due_look_at")]
