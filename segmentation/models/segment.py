"""Segments, the versions of their rules, and what each rule reads."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ARCHIVED = "archived", "Archived"


class Segment(models.Model):
    """A group of customers that a rule describes, with the card that says what it is for.

    `rule` is the draft that the builder edits (the rule of the live version after a publish); what counts is the rule
    of `live_version`. `rank` is its place in the portfolio, 1 first, among live and paused segments. Durations are
    kept as written: `{"amount", "unit"}` or null.
    """

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", "Dynamic"
        STATIC = "static", "Static"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.TextField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.DYNAMIC)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    rule = models.JSONField(null=True, blank=True)
    draft_revision = models.PositiveIntegerField(default=0)
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    draft_saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Who wrote at the draft since the last publish: none of them can approve it.
    draft_authors = ArrayField(models.BigIntegerField(), default=list, blank=True)
    live_version = models.ForeignKey(
        "segmentation.SegmentVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    error = models.TextField(blank=True, help_text="why the live rule cannot be evaluated; its membership is kept")

    goal = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.TextField(blank=True)
    message = models.TextField(blank=True)
    channels = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    incentive = models.CharField(max_length=16, default="none")
    kpi = models.TextField(blank=True)
    kpi_target = models.FloatField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    folder = models.TextField(blank=True)

    rank = models.PositiveIntegerField(null=True, blank=True)
    min_stay = models.JSONField(null=True, blank=True)
    exit_grace = models.JSONField(null=True, blank=True)
    re_entry_pause = models.JSONField(null=True, blank=True)
    blocks_all_below = models.BooleanField(default=False)

    made_from = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="made_into", help_text="what it was merged or split from"
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rank"], name="rank_is_unique", deferrable=models.Deferrable.DEFERRED)
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """One published rule of a segment. Never changed afterwards."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    rule_hash = models.CharField(max_length=64)
    sentence = models.TextField()
    note = models.TextField(blank=True)
    silent = models.BooleanField(default=False)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="version_is_unique")]

    def __str__(self) -> str:
        return f"version {self.number}"


class SegmentDependency(models.Model):
    """One thing that the live rule of a segment reads: `event:Order Completed`, `attribute:country`, `segment:vip` …"""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="dependencies")
    key = models.TextField()

    class Meta:
        verbose_name_plural = "segment dependencies"
        constraints = [models.UniqueConstraint(fields=["segment", "key"], name="dependency_is_unique")]
        indexes = [models.Index(fields=["key"], name="dependency_key")]

    def __str__(self) -> str:
        return self.key
