"""How many customers there are: the base that shares are of."""

from __future__ import annotations

from customers.models import Customer


def base_size() -> int:
    """Every customer, known or anonymous, exactly."""
    return Customer.objects.count()
