"""What customers agree to, channel by channel, with the history and the proof."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers import bell
from customers.mark import mark
from customers.models import Customer
from customers.models.consent import State
from customers.profile import Cause
from customers.tracking.values import encode

_CURRENT = "SELECT customer_id, channel, state, at FROM customers_consent WHERE customer_id = ANY(%s)"

_HISTORY = """
INSERT INTO customers_consentchange (customer_id, channel, state, at, proof)
SELECT n.* FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::jsonb[]) AS n
"""

_WRITE = """
INSERT INTO customers_consent (customer_id, channel, state, at)
SELECT n.* FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) AS n ORDER BY 1, 2
ON CONFLICT (customer_id, channel) DO UPDATE SET state = excluded.state, at = excluded.at
"""

_AGAIN = """
INSERT INTO customers_consent (customer_id, channel, state, at)
SELECT DISTINCT ON (customer_id, channel) customer_id, channel, state, at FROM customers_consentchange
WHERE customer_id = ANY(%s) ORDER BY customer_id, channel, at DESC, id DESC
"""


@dataclass(slots=True)
class Told:
    """One statement about a channel: what the customer agreed to at an instant, and what proves it."""

    customer: int
    channel: str
    state: str
    at: datetime
    proof: dict[str, Any]
    explicit: bool = True


def state_of(agrees: bool) -> str:
    """The state that a yes or a no stands for."""
    return State.SUBSCRIBED.value if agrees else State.UNSUBSCRIBED.value


def fold(told: Sequence[Told]) -> dict[int, set[str]]:
    """Write statements about customers who are locked; return the channels whose state changed, by customer.

    The newest statement decides, whenever it arrives. One that is not explicit and says what is known is not kept.
    """
    if not told:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, [sorted({one.customer for one in told})])
        current = {(customer, channel): (state, at) for customer, channel, state, at in cursor.fetchall()}
    before = dict(current)
    kept: list[Told] = []
    for one in told:
        state, at = current.get((one.customer, one.channel), (None, None))
        if one.explicit or state != one.state:
            kept.append(one)
        if at is None or one.at >= at:
            current[one.customer, one.channel] = (one.state, one.at)
    changed = {key: value for key, value in current.items() if before.get(key) != value}
    _write(kept, changed)
    channels: dict[int, set[str]] = {}
    for (customer, channel), (state, _) in changed.items():
        if before.get((customer, channel), (None, None))[0] != state:
            channels.setdefault(customer, set()).add(channel)
    return channels


def _write(kept: Sequence[Told], changed: Mapping[tuple[int, str], tuple[str, datetime]]) -> None:
    with connection.cursor() as cursor:
        if kept:
            columns = (
                [one.customer for one in kept],
                [one.channel for one in kept],
                [one.state for one in kept],
                [one.at for one in kept],
                [encode(one.proof) for one in kept],
            )
            cursor.execute(_HISTORY, columns)
        if changed:
            keys = ([customer for customer, _ in changed], [channel for _, channel in changed])
            states, instants = [state for state, _ in changed.values()], [at for _, at in changed.values()]
            cursor.execute(_WRITE, [*keys, states, instants])


def decide_again(customers: Collection[int]) -> None:
    """Make the current consents of customers anew from their history, after a merge or its undoing."""
    if not customers:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_consent WHERE customer_id = ANY(%s)", [list(customers)])
        cursor.execute(_AGAIN, [list(customers)])


@transaction.atomic
def set_consent(
    *, customer: Customer, channel: str, state: str, at: datetime, proof: dict[str, Any], now: datetime
) -> bool:
    """Record what a customer agreed to, with its proof; return whether the state of the channel changed by it."""
    if state not in State.values:
        raise ValueError(f"state is {state!r}: use one of {', '.join(State.values)}")
    if not Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).exists():
        raise Customer.DoesNotExist("The customer was merged or erased.")
    changed = fold([Told(customer.pk, channel, state, min(at, now), proof)])
    cause: Cause = {"kind": "consent", "id": "", "detail": f"{channel} {state}", "at": at.isoformat()}
    if changed:
        mark(causes={customer.pk: {f"consent:{channel}": cause}}, now=now)
        transaction.on_commit(bell.ring)
    return bool(changed)
