"""What a rule may mention: learnt from traffic, edited by people."""

from __future__ import annotations

from django.db import models

from customers.models.event import EventName


class CatalogueAttribute(models.Model):
    """A field of the profile: built-in, custom or a computed trait, with its type."""

    class Origin(models.TextChoices):
        BUILT_IN = "built_in", "Built in"
        CUSTOM = "custom", "Custom"
        TRAIT = "trait", "Computed trait"

    key = models.TextField(unique=True)
    type = models.CharField(max_length=16)
    origin = models.CharField(max_length=16, choices=Origin, default=Origin.CUSTOM)
    description = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class CatalogueProperty(models.Model):
    """A property seen on events of a name, with the type it mostly has."""

    name = models.ForeignKey(EventName, on_delete=models.CASCADE, related_name="properties")
    key = models.TextField()
    type = models.CharField(max_length=16)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "catalogue properties"
        constraints = [models.UniqueConstraint(fields=["name", "key"], name="property_is_unique")]

    def __str__(self) -> str:
        return self.key
