"""What customers did: one append-only table by month, and the sums kept beside it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from customers.models.customer import Customer
from customers.models.source import Source


class ExactField(models.Field):  # type: ignore[type-arg]
    """A number with all its places, however many there are."""

    description = "Exact number"

    def db_type(self, connection: Any) -> str:
        return "numeric"


class EventName(models.Model):
    """A name of events, as it was sent; events hold its small id."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)
    first_received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that a customer did, at `time`. The table is partitioned by the month of `time` (migration 0002).

    `id` grows in the order of receipt: of events at one instant the higher id was received last. `line` is null for a
    received event and 0, 1, … for a derived `Product Ordered` line of an order.
    """

    id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="events")
    name = models.ForeignKey(EventName, on_delete=models.DO_NOTHING, db_constraint=False)
    time = models.DateTimeField()
    received_at = models.DateTimeField()
    source = models.ForeignKey(Source, on_delete=models.DO_NOTHING, db_constraint=False)
    store = models.TextField(null=True, blank=True)
    message_id = models.TextField()
    line = models.SmallIntegerField(null=True, blank=True)
    properties = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "customers_event"

    def __str__(self) -> str:
        return f"{self.name_id} at {self.time:%Y-%m-%d %H:%M:%S}"


class Receipt(models.Model):
    """A message id that was received: it counts once, ever. `key` is the MD5 of the id."""

    key = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)


class EventTotal(models.Model):
    """How often a customer did something ever, with the first and the last time (derived lines have totals too)."""

    pk = models.CompositePrimaryKey("customer", "name")
    # No index of their own: the key begins with the customer, and the index below with the name.
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="totals", db_index=False)
    name = models.ForeignKey(EventName, on_delete=models.CASCADE, db_index=False)
    count = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        # Who did something lately or ever, and how often, is read from the index alone.
        indexes = [
            models.Index(fields=["name", "last_at"], include=["customer", "count", "first_at"], name="total_name_last")
        ]


class Order(models.Model):
    """An order of a customer with what was refunded of it: what the order traits are computed from.

    One row an order id (or, where an order came without one, a message). `cancelled_at` is the first cancellation.
    `refunds` is a list of `{"at": instant, "amount": number}`, so that a trait can be asked for at a past instant.
    `categories` are those of its lines, each once, as they were written.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders", db_index=False)
    key = models.TextField()
    ordered_at = models.DateTimeField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=30, decimal_places=10, default=0)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    refunds = models.JSONField(default=list)
    categories = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="order_is_unique")]
        indexes = [
            models.Index(fields=["customer", "ordered_at"], name="order_customer"),
            models.Index(fields=["ordered_at"], name="order_at"),
        ]

    def __str__(self) -> str:
        return self.key


class OrderTotal(models.Model):
    """What the orders of a customer come to, refunds netted and cancelled ones left out: spares reading them all.

    It holds from `settled_at` on, the last instant at which one of the orders was placed, refunded or cancelled; for an
    earlier one the orders are read. `lower_gap` and `upper_gap` are the middle ones of the times between orders, in
    seconds: one and the same where their number is odd. `most_in_one_category` counts the orders that have a line of the
    category that most of them have, however it is written.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="order_total", db_index=False
    )
    orders = models.BigIntegerField()
    revenue = ExactField()
    refunded = ExactField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    lower_gap = ExactField(null=True)
    upper_gap = ExactField(null=True)
    most_in_one_category = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["settled_at"], name="order_total_settled")]

    def __str__(self) -> str:
        return f"{self.orders} of customer {self.customer_id}"
