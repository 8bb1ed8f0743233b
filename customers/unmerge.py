"""Take a merge back: the profile that was gone returns with its number, its ids, its events and what it knew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max, Min

from customers import append, audit, bell, consent, store
from customers.mark import mark
from customers.merge import following_models, owner_of
from customers.models import Customer, EventTotal, Identity, Merge
from customers.models.customer import REVERSIBLE
from customers.profile import Cause, Profile
from customers.traits import orders


class UnmergeError(ValueError):
    """A merge that cannot be taken back; the message says why."""


@transaction.atomic
def unmerge(*, merge: Merge, by: AbstractBaseUser | str, now: datetime) -> Customer:
    """Restore the customer that a merge took away; returns it. What came after the merge stays with the kept one.

    Raises UnmergeError when the merge was taken back already or is older than 30 days.
    """
    kept = store.lock_profiles([merge.kept_id]).get(merge.kept_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise UnmergeError("This merge was taken back already.")
    if kept is None or now > merge.reversible_until:
        raise UnmergeError(f"A merge can be taken back for {REVERSIBLE.days} days.")
    back = _restore(merge, now)
    _take_back(kept, merge.moved, back.pk)
    cause: Cause = {"kind": "merge", "id": str(merge.pk), "detail": "taken back", "at": now.isoformat()}
    _forget(kept, merge.moved["filled"], cause)
    both = [kept.id, back.pk]
    append.count_again(both)
    orders.fold_again(both)
    consent.decide_again(both)
    _see_again(kept)
    store.update_profiles([kept], now=now)
    mark(causes={number: {"everything": cause} for number in both}, now=now)
    Merge.objects.filter(pk=merge.pk).update(undone_at=now)
    audit.note(actor=by, action="unmerge", object=("customer", str(kept.id)), after={"restored": back.pk}, now=now)
    transaction.on_commit(bell.ring)
    return back


def _restore(merge: Merge, now: datetime) -> Customer:
    """The profile as it was, under its old number."""
    profile = dict(merge.moved["profile"])
    for key in ("created_at", "first_seen_at", "last_seen_at"):
        profile[key] = datetime.fromisoformat(profile[key]) if profile[key] else None
    return Customer.objects.create(pk=merge.gone_id, updated_at=now, **profile)


def _take_back(kept: Profile, moved: dict[str, Any], back: int) -> None:
    """Move the ids, the events and the other rows that the merge moved, where they still are with the kept customer."""
    for kind, value in moved["identities"]:
        Identity.objects.filter(kind=kind, value=value, customer_id=kept.id).update(customer_id=back)
    with connection.cursor() as cursor:
        sql = "UPDATE customers_event SET customer_id = %s WHERE customer_id = %s AND id = ANY(%s)"
        cursor.execute(sql, [back, kept.id, moved["events"]])
    for model in following_models():
        numbers = moved["rows"].get(model._meta.label, [])
        column = owner_of(model)
        model._default_manager.filter(pk__in=numbers, **{column: kept.id}).update(**{column: back})


def _forget(kept: Profile, filled: dict[str, Any], cause: Cause) -> None:
    """Take away what the merge filled in, unless somebody said something else since."""
    for key, value in filled.items():
        attribute = key.removeprefix("attributes.")
        if attribute != key:
            if str(kept.attributes.get(attribute)) == str(value):
                kept.tell(attribute, None, cause)
            continue
        stands = getattr(kept, key)
        if (stands.isoformat() if isinstance(stands, datetime) else stands) == value:
            kept.set_column(key, None, cause)


def _see_again(kept: Profile) -> None:
    """First and last seen anew, from the events that stayed."""
    seen = EventTotal.objects.filter(customer_id=kept.id).aggregate(first=Min("first_at"), last=Max("last_at"))
    if seen["first"] is not None:
        kept.first_seen_at, kept.last_seen_at = seen["first"], seen["last"]
