"""Rules that wait for somebody else's approval, and what is said about them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from segmentation.models.segment import Segment, SegmentVersion


class PublishRequest(models.Model):
    """A draft that somebody asks to be published, as it stood then. Its approval, by somebody who wrote none of it,
    publishes it at once; an edit of the draft withdraws it. `rule_hash` binds the approval; `authors` are the accounts
    that may not approve."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Sent back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="publish_requests")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    rule = models.JSONField()
    rule_hash = models.CharField(max_length=64)
    sentence = models.TextField()
    silent = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    authors = ArrayField(models.BigIntegerField(), default=list)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    version = models.ForeignKey(SegmentVersion, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment"], condition=models.Q(state="waiting"), name="one_waiting_publish_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment}, {self.get_state_display().lower()}"


class PublishComment(models.Model):
    """What somebody said about a rule that waits for approval: plain text, never edited afterwards."""

    request = models.ForeignKey(PublishRequest, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
