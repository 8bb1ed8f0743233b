"""How addresses and commands name a customer: our number, `user_id:…`, `email:…`, `anonymous_id:…`, `phone:…`."""

from __future__ import annotations

from collections.abc import Sequence

from customers.models import Customer, Identity

_KINDS = frozenset(Identity.Kind.values)
_LARGEST = 2**63 - 1
_AT_ONCE = 10_000


def customer_named(reference: str) -> Customer | None:
    """The customer that a reference names now; None if it names nobody."""
    kind, colon, value = reference.partition(":")
    if not colon:
        number = int(reference) if reference.isascii() and reference.isdigit() and len(reference) < 20 else -1
        return Customer.objects.filter(pk=number).first() if 0 <= number <= _LARGEST else None
    if kind not in _KINDS or "\x00" in value:
        return None
    value = value.strip().lower() if kind == Identity.Kind.EMAIL else value.strip()
    identity = Identity.objects.select_related("customer").filter(kind=kind, value=value).first()
    return identity.customer if identity else None


def customers_named(kind: str, values: Sequence[str]) -> dict[str, int]:
    """The customers (ids) that many values of one kind name now: `id`, or a kind of identity. Unknown ones are absent."""
    found: dict[str, int] = {}
    for first in range(0, len(values), _AT_ONCE):
        portion = values[first : first + _AT_ONCE]
        found.update(_by_number(portion) if kind == "id" else _by_identity(kind, portion))
    return found


def _by_number(values: Sequence[str]) -> dict[str, int]:
    numbers = {value: int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19}
    known = set(Customer.objects.filter(pk__in=numbers.values()).values_list("pk", flat=True))
    return {value: number for value, number in numbers.items() if number in known}


def _by_identity(kind: str, values: Sequence[str]) -> dict[str, int]:
    stored = {value: value.lower() if kind == Identity.Kind.EMAIL else value for value in values}
    rows = Identity.objects.filter(kind=kind, value__in=set(stored.values())).values_list("value", "customer_id")
    known = dict(rows)
    return {value: known[name] for value, name in stored.items() if name in known}
