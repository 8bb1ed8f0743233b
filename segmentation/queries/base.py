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
