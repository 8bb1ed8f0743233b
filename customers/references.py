"""How addresses and commands name a customer: our number, `user_id:…`, `email:…`, `anonymous_id:…`, `phone:…`."""

from __future__ import annotations

from collections.abc import Sequence

from customers.models import Customer, Identity, Merge

_KINDS = frozenset(Identity.Kind.values)
_LARGEST = 2**63 - 1
_AT_ONCE = 10_000
# A chain of merges is followed so far.
_MOST_MERGES = 100


def customer_named(reference: str) -> Customer | None:
    """The customer that a reference names now; None if it names nobody."""
    number = customers_referred_to([reference]).get(reference)
    return Customer.objects.filter(pk=number).first() if number is not None else None


def customers_referred_to(references: Sequence[str]) -> dict[str, int]:
    """The customers (ids) that many references of any kinds name now; one that names nobody is absent."""
    by_kind: dict[str, dict[str, str]] = {}
    for reference in references:
        kind, colon, value = reference.partition(":")
        if not colon or kind in _KINDS:
            by_kind.setdefault(kind if colon else "id", {})[reference] = value if colon else reference
    found: dict[str, int] = {}
    for kind, named in by_kind.items():
        known = customers_named(kind, list(dict.fromkeys(named.values())))
        found.update({reference: known[value] for reference, value in named.items() if value in known})
    return found


def where_they_are_now(customers: Sequence[int]) -> list[int]:
    """The customers, those that were merged away meanwhile as who they are now; each once."""
    there = dict.fromkeys(customers)
    for _ in range(_MOST_MERGES):
        gone = Merge.objects.filter(gone_id__in=list(there), undone_at__isnull=True).values_list("gone_id", "kept_id")
        into = dict(gone)
        if not into:
            break
        there = dict.fromkeys(into.get(customer, customer) for customer in there)
    return list(there)


def customers_named(kind: str, values: Sequence[str]) -> dict[str, int]:
    """The customers (ids) that many values of one kind name now: `id`, or a kind of identity. Unknown ones are absent."""
    found: dict[str, int] = {}
    for first in range(0, len(values), _AT_ONCE):
        portion = values[first : first + _AT_ONCE]
        found.update(_by_number(portion) if kind == "id" else _by_identity(kind, portion))
    return found


def _by_number(values: Sequence[str]) -> dict[str, int]:
    numbers = {value: int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 20}
    numbers = {value: number for value, number in numbers.items() if number <= _LARGEST}
    known = set(Customer.objects.filter(pk__in=set(numbers.values())).values_list("pk", flat=True))
    return {value: number for value, number in numbers.items() if number in known}


def _by_identity(kind: str, values: Sequence[str]) -> dict[str, int]:
    stored = {value: _as_stored(kind, value) for value in values if "\x00" not in value}
    rows = Identity.objects.filter(kind=kind, value__in=set(stored.values())).values_list("value", "customer_id")
    known = dict(rows)
    return {value: known[name] for value, name in stored.items() if name in known}


def _as_stored(kind: str, value: str) -> str:
    return value.strip().lower() if kind == Identity.Kind.EMAIL else value.strip()
