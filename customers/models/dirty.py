"""The work that ingest and the clock leave for evaluation."""

from __future__ import annotations

from django.db import models

from customers.models.customer import Customer


class DirtyCustomer(models.Model):
    """A customer whose membership may have changed, with what changed.

    `causes` maps what changed (`event:Product Viewed`, `attribute:country`, `consent:email`, `segment:vip`,
    `clock:vip`, `look:vip`, `everything`) to the first cause `{"kind", "id", "detail", "at"}` of it. `generation` grows
    with each mark: an evaluation releases the row only if it is unchanged.
    """

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="dirty")
    generation = models.BigIntegerField(default=1)
    causes = models.JSONField(default=dict)
    marked_at = models.DateTimeField()
    last_marked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["marked_at"], name="dirty_marked")]

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.generation})"
