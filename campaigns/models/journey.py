"""Journeys, their approval, and the customers on their way through them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from customers.models import Customer


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


class Journey(models.Model):
    """What is said to the customers of a segment, step by step. `document` is the flow as written (contract.md)."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    document = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    live_version = models.ForeignKey(
        "campaigns.JourneyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class JourneyVersion(models.Model):
    """What was submitted for approval, frozen: the flow and the words of its templates. `digest` binds the approval."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    templates = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_version_is_unique")]


class JourneyDecision(models.Model):
    """One step of a journey's life: submitted, approved, rejected, withdrawn, live, paused, resumed, ended; who and why."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="decisions")
    version = models.ForeignKey(JourneyVersion, null=True, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)


class JourneyComment(models.Model):
    """What somebody said about a journey, as under review: plain text, never edited afterwards."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="comments")
    version = models.ForeignKey(JourneyVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()


class Enrolment(models.Model):
    """One customer on one journey, at one node.

    `due_at` is when the next step is taken: null while a planned message has to be settled first, and once it is over.
    """

    # A customer who is merged into another takes the way along.
    moves_with_merge = True

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(JourneyVersion, on_delete=models.PROTECT, related_name="enrolments")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="enrolments")
    change_id = models.BigIntegerField(help_text="the membership change that started it")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    node = models.TextField()
    due_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField()
    node_since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it stopped: left, goal, unsubscribed, ended, erased")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "change_id"], name="enrolment_once_a_change"),
            models.UniqueConstraint(
                fields=["journey", "customer"], condition=models.Q(state="running"), name="one_running_enrolment"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="running"), name="enrolment_due"),
            models.Index(fields=["customer", "state"], name="enrolment_customer"),
        ]


class Cursor(models.Model):
    """How far `advance` has read the change log: everything at or before (transaction, change_id) is done. One row."""

    name = models.CharField(max_length=24, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    change_id = models.BigIntegerField(default=0)
