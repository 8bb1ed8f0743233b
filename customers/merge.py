"""Join two customers who turned out to be one: every event, order, consent and id goes to the one that is kept.

What moved is written down, so that `unmerge` can take it back. Rows of other apps go with the customer that is gone,
except where their model says `moves_with_merge`: a message that was sent stays sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from customers import append, bell, consent, store
from customers.identity import Joined
from customers.mark import mark
from customers.models import Consent, ConsentChange, Customer, DirtyCustomer, Merge, Order
from customers.profile import Cause, Profile
from customers.tracking.values import encode
from customers.traits import orders

# What apps above do before a merged customer is gone, in the same transaction: each is told who goes into whom.
ALSO_CARRIED: list[Callable[[Mapping[int, int], datetime], None]] = []

_PAIRS = "json_to_recordset(%s::json) AS m (gone bigint, kept bigint)"

_MOVE_IDENTITIES = f"""
UPDATE customers_identity i SET customer_id = m.kept FROM {_PAIRS}
WHERE i.customer_id = m.gone RETURNING m.gone, i.kind, i.value
"""

_MOVE_EVENTS = f"""
UPDATE customers_event e SET customer_id = m.kept FROM {_PAIRS} WHERE e.customer_id = m.gone RETURNING m.gone, e.id
"""

_KEEP = """
INSERT INTO customers_merge (kept_id, gone_id, at, reason, moved)
SELECT m.kept, m.gone, %s, m.reason, m.moved
FROM ROWS FROM (json_to_recordset(%s::json) AS (kept bigint, gone bigint, reason text, moved jsonb))
    WITH ORDINALITY AS m (kept, gone, reason, moved, place)
ORDER BY m.place
"""


@transaction.atomic
def merge(*, kept: int, gone: int, reason: str, now: datetime) -> None:
    """Join two stored customers. Raises Customer.DoesNotExist if one of them is not there (any more)."""
    profiles = store.lock_profiles({kept, gone})
    if kept == gone or len(profiles) != 2:
        raise Customer.DoesNotExist("Two customers are needed for a merge, and both must be there.")
    cause: Cause = {"kind": "merge", "id": "", "detail": reason, "at": now.isoformat()}
    filled = profiles[kept].absorb(profiles[gone], cause)
    store.update_profiles([profiles[kept]], now=now)
    join([Joined(profiles[kept], profiles[gone], reason, filled)], now=now)
    mark(causes={kept: profiles[kept].causes}, now=now)
    transaction.on_commit(bell.ring)


def join(joined: Sequence[Joined], *, now: datetime) -> None:
    """Move the rows of merged profiles to those they were merged into, and let the empty ones go.

    The profiles are locked and their changed columns are written by the caller, who also marks them.
    """
    if not joined:
        return
    into = {pair.gone.id: pair.gone.last().id for pair in joined}
    gone = sorted(into)
    moved = _move(into)
    append.add_totals(into)
    for model, again in ((Order, orders.fold_again), (Consent, consent.decide_again)):
        having = model._default_manager.filter(customer_id__in=gone).values_list("customer_id", flat=True).distinct()
        again(sorted({into[number] for number in having}))
    _keep(joined, moved, now)
    # An evaluation that holds the row finishes first: it may still write memberships that go with the customer.
    list(DirtyCustomer.objects.select_for_update().filter(pk__in=gone).order_by("pk"))
    for carry in ALSO_CARRIED:
        carry(into, now)
    Customer.objects.filter(pk__in=gone).delete()


def _move(into: dict[int, int]) -> dict[int, dict[str, Any]]:
    """Move the ids, the events and the following rows of customers; return what moved of each, for the way back."""
    moved: dict[int, dict[str, Any]] = {gone: {"identities": [], "events": [], "rows": {}} for gone in into}
    pairs = encode([{"gone": gone, "kept": kept} for gone, kept in into.items()])
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_IDENTITIES, [pairs])
        for gone, kind, value in sorted(cursor.fetchall()):
            moved[gone]["identities"].append([kind, value])
        cursor.execute(_MOVE_EVENTS, [pairs])
        for gone, number in cursor.fetchall():
            moved[gone]["events"].append(number)
    for model in following_models():
        having = model._default_manager.filter(**{f"{owner_of(model)}__in": list(into)})
        for gone in sorted(set(having.values_list(owner_of(model), flat=True))):
            moved[gone]["rows"][model._meta.label] = _move_rows(model, into[gone], gone)
    return moved


def _keep(joined: Sequence[Joined], moved: dict[int, dict[str, Any]], now: datetime) -> None:
    """Write the merges down, in the order they happened."""
    rows = [
        {
            "kept": pair.gone.last().id,
            "gone": pair.gone.id,
            "reason": pair.reason,
            "moved": moved[pair.gone.id] | {"profile": _profile(pair.gone), "filled": pair.filled},
        }
        for pair in joined
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, encode(rows)])


def following_models() -> Iterator[type[models.Model]]:
    """The models whose rows go along with a merged customer: ours, and those of other apps that say so."""
    yield ConsentChange
    yield Merge
    for relation in Customer._meta.related_objects:
        if getattr(relation.related_model, "moves_with_merge", False) and isinstance(relation.related_model, type):
            yield relation.related_model


def owner_of(model: type[models.Model]) -> str:
    """The column of a following model that names the customer."""
    return "kept_id" if model is Merge else "customer_id"


def _move_rows(model: type[models.Model], kept: int, gone: int) -> list[int]:
    """Move the rows of one model; those that the kept customer has already (a unique constraint) stay behind."""
    column = owner_of(model)
    rows = model._default_manager.filter(**{column: gone}).order_by("pk")
    numbers = list(rows.values_list("pk", flat=True))
    if not numbers or _moved(rows, {column: kept}):
        return numbers
    return [number for number in numbers if _moved(model._default_manager.filter(pk=number), {column: kept})]


def _moved(rows: models.QuerySet[Any], to: dict[str, int]) -> bool:
    try:
        with transaction.atomic():
            rows.update(**to)
    except IntegrityError:
        return False
    return True


def _profile(gone: Profile) -> dict[str, Any]:
    """A profile as it was, for the day it is taken out again."""
    instants = {key: getattr(gone, key) for key in ("created_at", "first_seen_at", "last_seen_at")}
    texts = {key: getattr(gone, key) for key in ("user_id", "email", "phone", "timezone")}
    return (
        texts | {key: value and value.isoformat() for key, value in instants.items()} | {"attributes": gone.attributes}
    )
