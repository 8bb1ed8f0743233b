"""The weekly mail about the health of segments: what went to whom, and who wants none."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Digest(models.Model):
    """The mail of one week to one account: which findings of its segments are open, the new ones first.

    The row is taken before the mail leaves, so that nobody gets two; `week` is its Monday. `sending` past `claimed_until` is
    `unknown` and never sent again (docs/decisions/0006). `findings` are the keys of what it told.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        WAITING = "waiting", "Waiting for another try"
        NOTHING = "nothing", "Nothing to tell"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests")
    week = models.DateField()
    state = models.CharField(max_length=10, choices=State)
    reason = models.TextField(blank=True)
    recipient = models.TextField(blank=True)
    findings = models.JSONField(default=list)
    claimed_until = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "week"], name="digest_once_a_week")]

    def __str__(self) -> str:
        return f"{self.account_id}, week of {self.week}"


class DigestChoice(models.Model):
    """Whether an account wants the weekly digest; without a row it does."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="digest_choice"
    )
    wanted = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return "wanted" if self.wanted else "not wanted"
