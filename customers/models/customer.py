"""Customers, the ids they are known by, and the merges that joined them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models.fields.json import KeyTextTransform

REVERSIBLE = timedelta(days=30)


class Customer(models.Model):
    """One person, known or anonymous, with everything they told about themselves.

    `attributes` holds every trait under its catalogue key, built-in (`first_name`, `country`, `birthday` …) and custom,
    as it came. The columns are what identity resolution and ingest keep: the current user id, e-mail and phone, the
    valid IANA time zone if one is known, and the instants.
    """

    user_id = models.TextField(null=True, blank=True)
    email = models.TextField(null=True, blank=True)
    phone = models.TextField(null=True, blank=True)
    timezone = models.TextField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["email"], name="customer_email"),
            models.Index(fields=["user_id"], name="customer_user_id"),
            models.Index(fields=["-last_seen_at", "-id"], name="customer_last_seen"),
            models.Index(fields=["-first_seen_at", "-id"], name="customer_first_seen"),
            models.Index(
                KeyTextTransform("country", "attributes"),
                models.F("last_seen_at").desc(),
                models.F("id").desc(),
                name="customer_country",
            ),
        ]

    def __str__(self) -> str:
        name = " ".join(str(self.attributes[k]) for k in ("first_name", "last_name") if self.attributes.get(k))
        return name or self.email or self.user_id or f"Visitor {self.pk}"

    @property
    def known(self) -> bool:
        """Whether the customer has a user id, an e-mail or a phone number."""
        return bool(self.user_id or self.email or self.phone)


class Identity(models.Model):
    """One id that resolves to one customer: a user id, an anonymous id, an e-mail, a phone number."""

    class Kind(models.TextChoices):
        USER_ID = "user_id", "User id"
        ANONYMOUS_ID = "anonymous_id", "Anonymous id"
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16, choices=Kind)
    value = models.TextField()
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identity_is_unique")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Merge(models.Model):
    """Two profiles that turned out to be one person; kept so that it can be read and taken back."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    gone_id = models.BigIntegerField()
    at = models.DateTimeField()
    reason = models.TextField()
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["gone_id"], name="merge_gone")]

    @property
    def reversible_until(self) -> datetime:
        """Until when it can be taken back."""
        return self.at + REVERSIBLE

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"
