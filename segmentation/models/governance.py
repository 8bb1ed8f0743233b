"""Which segments may not speak to a customer together, and every change of that."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from segmentation.models.segment import Segment


class ExclusionGroup(models.Model):
    """Segments of which only the highest-ranking one is active for a customer."""

    name = models.TextField(unique=True)
    segments = models.ManyToManyField(Segment, related_name="exclusion_groups")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Exclusion(models.Model):
    """While `segment` is active for a customer, `excludes` is suppressed. Only where segment ranks above."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="exclusions")
    excludes = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="excluded_by")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "excludes"], name="exclusion_is_unique")]


class GovernanceChange(models.Model):
    """One change of who may speak: the order, a group, an exclusion, a full stop, a stay. What it was, what it became, who
    changed it and why, and what that did at once.

    `about` names the segment or the group; `before` and `after` are its setting as the verbs take it (a group: its name and
    its segments, or null where there is none). `effect` has the numbers of the preview. Numbers have no gaps: whoever
    writes one holds the portfolio alone.
    """

    class Setting(models.TextChoices):
        ORDER = "priorities", "Order"
        GROUP = "exclusion_group", "Exclusion group"
        EXCLUSION = "exclusion", "Exclusion"
        FULL_STOP = "full_stop", "Full stop"
        HYSTERESIS = "hysteresis", "Stay, grace, pause"

    number = models.PositiveIntegerField(unique=True)
    setting = models.CharField(max_length=16, choices=Setting)
    about = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    effect = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["setting", "about", "-number"], name="governance_change_about")]

    def __str__(self) -> str:
        return f"change {self.number}"
