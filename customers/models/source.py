"""Where events come from, and what could not be taken."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """A shop, site or app that sends events. Its store and time zone stand in where an event names none."""

    slug = models.SlugField(unique=True)
    name = models.TextField()
    store = models.TextField(default="main")
    timezone = models.TextField(default="UTC")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WriteKey(models.Model):
    """A public key that a source's clients send events with; only its SHA-256 is kept."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="write_keys")
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    events_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="empty: no limit")

    def __str__(self) -> str:
        return f"{self.prefix}…"


class RejectedInput(models.Model):
    """A call that was not taken, kept as it came with the reason."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, related_name="rejected")
    received_at = models.DateTimeField()
    reason = models.TextField()
    body = models.TextField()

    class Meta:
        verbose_name_plural = "rejected input"
        indexes = [models.Index(fields=["-received_at"], name="rejected_received")]

    def __str__(self) -> str:
        return self.reason
