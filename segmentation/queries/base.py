"""How many customers there are: the base that shares are of."""

from __future__ import annotations

from customers.models import Customer

# From this share of everybody on, a segment is none any more.
BROAD = 0.8
# With a larger share of its customers in another one, a segment is much the same people.
ALIKE = 0.9


def base_size() -> int:
    """Every customer, known or anonymous, exactly."""
    return Customer.objects.count()


def more_than(number: int) -> bool:
    """Whether there are more customers than that: where it is few, a fraction of what counting them takes."""
    return Customer.objects.order_by("pk").values("pk")[number : number + 1].exists()
