"""Whether a segment is still worth its place: what was decided at each review, by whom, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from segmentation.models.segment import Segment


class Review(models.Model):
    """One look at a segment with its decision: keep it, change it, merge it, split it, retire it; and the reason.

    `evidence` is what whoever decided had before them, as numbers; `follow_ups` are the drafts that a merge or a split made.
    Never changed afterwards: who thinks otherwise decides again.
    """

    class Decision(models.TextChoices):
        KEEP = "keep", "Keep"
        CHANGE = "change", "Change"
        MERGE = "merge", "Merge"
        SPLIT = "split", "Split"
        RETIRE = "retire", "Retire"

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="reviews")
    decision = models.CharField(max_length=8, choices=Decision)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    next_review_on = models.DateField(null=True, blank=True, help_text="none after a segment was retired")
    evidence = models.JSONField(default=dict, blank=True)
    follow_ups = models.ManyToManyField(Segment, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["segment", "-at"], name="review_segment")]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.reason}"
