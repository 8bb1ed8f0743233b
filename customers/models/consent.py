"""What customers agreed to."""

from __future__ import annotations

from django.db import models

from customers.models.customer import Customer


class State(models.TextChoices):
    SUBSCRIBED = "subscribed", "Subscribed"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"


class Consent(models.Model):
    """The state of one channel for one customer; no row means that nobody ever asked (`never`)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel"], name="consent_is_unique")]
        indexes = [models.Index(fields=["channel", "state"], include=["customer"], name="consent_channel")]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class ConsentChange(models.Model):
    """One change of a consent with its proof: who or what said so, and when."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consent_changes")
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State)
    at = models.DateTimeField()
    proof = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["customer", "channel", "at"], name="consent_change_customer")]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
