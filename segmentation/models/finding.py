"""What is wrong or missing with segments, where finding it out costs something; and what somebody decided to live with."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from segmentation.models.segment import Segment


class Finding(models.Model):
    """One thing that is wrong or missing, as the last look found it. Cheap kinds are never stored: they are looked at when
    somebody asks. Without a segment it is about the portfolio; `other` is the second one of a finding about two."""

    code = models.CharField(max_length=40)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="findings")
    other = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    number = models.FloatField()
    says = models.TextField()
    fix_label = models.TextField()
    fix_address = models.TextField()
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "segment", "other"], name="finding_is_unique", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.code


class HealthLook(models.Model):
    """When the findings that cost something were looked for last, and how long that took. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    milliseconds = models.FloatField()


class Dismissal(models.Model):
    """A finding that somebody decided to live with until a day, and why. It stands that day too, and is over the day after."""

    code = models.CharField(max_length=40)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="dismissals")
    other = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField()
    until = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "segment", "other"], name="dismissal_is_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} until {self.until}"
