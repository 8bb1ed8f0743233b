"""What this app does by the clock: partitions ahead, the catalogue's types, tidying up."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from common import clock
from customers import partitions
from customers.api.idempotency import KEPT
from customers.arrange import arrange, out_of_order
from customers.models import IdempotentAnswer
from customers.retype import retype

AHEAD = timedelta(days=93)


@shared_task(name="customers.partitions")
def make_partitions() -> int:
    """Make the partitions of this month and the next three; return how many were missing."""
    now = clock.now()
    return len(partitions.ensure(since=now, until=now + AHEAD))


@shared_task(name="customers.arrange")
def arrange_a_month() -> str:
    """Put the newest closed month whose events are out of order in order; return its table, or nothing."""
    return next((partition for partition in out_of_order(now=clock.now()) if arrange(partition)), "")


@shared_task(name="customers.catalogue")
def settle_catalogue() -> int:
    """Set the types of properties and attributes to those they mostly have; return how many changed."""
    return retype()


@shared_task(name="customers.tidy")
def tidy() -> int:
    """Forget the answers of writes that nobody will send again; return how many went."""
    return IdempotentAnswer.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
