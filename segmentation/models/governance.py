"""Which segments may not speak to a customer together."""

from __future__ import annotations

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
