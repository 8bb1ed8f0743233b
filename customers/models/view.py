"""Lists as people want to see them again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A named set of filters, order and columns of a list: its owner's own, or shared with everyone.

    `query` is what the list's address has behind the question mark, without the page. Whoever is in `default_of` sees the
    view where they open the list without asking for anything.
    """

    class List(models.TextChoices):
        CUSTOMERS = "customers", "Customers"
        SEGMENTS = "segments", "Segments"

    list = models.CharField(max_length=16, choices=List)
    name = models.CharField(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(default=False)
    query = models.TextField(blank=True)
    default_of = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "list", "name"], name="view_name_is_unique")]
        indexes = [models.Index(fields=["list"], condition=models.Q(shared=True), name="view_shared")]

    def __str__(self) -> str:
        return self.name
