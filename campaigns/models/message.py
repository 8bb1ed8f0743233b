"""Messages, their words, and what customers answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from campaigns.models.journey import Enrolment, Journey
from customers.models import Customer


class Template(models.Model):
    """The words of a message, in Liquid."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.TextField(blank=True)
    channel = models.CharField(max_length=16, default="email")
    subject = models.TextField(blank=True)
    body = models.TextField()
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or self.slug


class Message(models.Model):
    """One message to one customer: planned by a journey's step, then sent once, or withheld with the reason.

    `claimed_until` is the deadline of the sender that took it; past it the message is `unknown` and never sent again
    blindly. `token` is the secret in its links.
    """

    # What was said to somebody stays said when they turn out to be one with another customer.
    moves_with_merge = True

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        WITHHELD = "withheld", "Withheld"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="messages")
    journey = models.ForeignKey(Journey, null=True, on_delete=models.CASCADE, related_name="messages")
    enrolment = models.ForeignKey(Enrolment, null=True, on_delete=models.SET_NULL, related_name="messages")
    node = models.TextField()
    channel = models.CharField(max_length=16)
    template = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    reason = models.TextField(blank=True)
    recipient = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    token = models.CharField(max_length=43, unique=True)
    external_id = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "node"], name="one_message_a_step")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="planned"), name="message_due"),
            models.Index(fields=["claimed_until"], condition=models.Q(state="sending"), name="message_claimed"),
            models.Index(fields=["sent_at"], condition=models.Q(sent_at__isnull=False), name="message_sent"),
            models.Index(fields=["customer", "-planned_at"], name="message_customer"),
            models.Index(fields=["journey", "-planned_at"], name="message_journey"),
        ]


class TrackedLink(models.Model):
    """A link of a message, with where it leads; the message shows our address of it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    url = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="link_is_unique")]


class Response(models.Model):
    """What a customer did with a message: opened, clicked, unsubscribed. The first and the count of each."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="responses")
    kind = models.CharField(max_length=16)
    first_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind"], name="response_is_unique")]


class Outcome(models.Model):
    """What came of a sent message: opened, clicked, and whether the goal was reached within the window. Derived."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="outcome")
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=30, decimal_places=10, default=0)
    measured_at = models.DateTimeField()
