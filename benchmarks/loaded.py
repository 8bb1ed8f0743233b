"""Whether the connected base was made for benchmarks: nothing is published or changed on any other."""

from __future__ import annotations

from customers.models import Customer, Source

ADVICE = (
    "It publishes segments and moves the swept clock, so it runs only on a base that load_bench made. Make one in an empty "
    "database: DATABASE_URL=... manage.py migrate, then manage.py load_bench --customers 500000 --events 20000000."
)


class WrongBaseError(Exception):
    """There is no base, or not one to measure this on."""


def check_loaded() -> None:
    """Raise WrongBaseError unless `load_bench` made the connected base: its source, and its customers before any other."""
    first = Customer.objects.order_by("pk").only("user_id", "email").first()
    loaded = Source.objects.filter(slug="bench", name="Benchmark").exists()
    if first is None:
        raise WrongBaseError(f"The connected base has no customers. This benchmark measures a base. {ADVICE}")
    if not loaded or (first.user_id, first.email) != (f"u-{first.pk}", f"u{first.pk}@example.com"):
        raise WrongBaseError(f"The connected base is somebody's installation. This benchmark would change it. {ADVICE}")
