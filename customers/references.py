"""How addresses and commands name a customer: our number, `user_id:…`, `email:…`, `anonymous_id:…`, `phone:…`."""

from __future__ import annotations

from customers.models import Customer, Identity

_KINDS = frozenset(Identity.Kind.values)
_LARGEST = 2**63 - 1


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
