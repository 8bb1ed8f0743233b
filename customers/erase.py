"""Erase one customer everywhere: every row about them goes, in every app, and what remains does not say who it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from customers import audit, store
from customers.models import Customer, DirtyCustomer, IdempotentAnswer, Identity

# What apps above keep of a customer outside their rows: each is asked before the rows go, and answers with what
# clears it away once they are gone for good.
ALSO_ERASED: list[Callable[[Customer], Callable[[], None]]] = []

_MENTIONS = """
DELETE FROM customers_rejectedinput r USING unnest(%s::text[]) AS mention
WHERE strpos(lower(r.body), mention) > 0
"""


@transaction.atomic
def erase(*, customer: Customer, by: AbstractBaseUser | str, now: datetime) -> None:
    """Delete a customer with their events, rejected input that mentions their ids, and what other apps keep of them.

    The audit log says that our number was erased and by whom. Message ids stay as digests: events that come again
    still count once, which is to say no more. Raises Customer.DoesNotExist if the customer is gone already.
    """
    number = customer.pk
    if number not in store.lock_profiles([number]):
        raise Customer.DoesNotExist("The customer was merged or erased.")
    # An evaluation that holds the row finishes first; what it writes goes with the rest.
    list(DirtyCustomer.objects.select_for_update().filter(pk=number))
    clearing = [ask(customer) for ask in ALSO_ERASED]
    values = list(Identity.objects.filter(customer_id=number).values_list("value", flat=True))
    values += [value for value in (customer.user_id, customer.email, customer.phone) if value]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_event WHERE customer_id = %s", [number])
        cursor.execute(_MENTIONS, [_as_written(values)])
    IdempotentAnswer.objects.filter(body__id=number).delete()
    IdempotentAnswer.objects.filter(body__customer__id=number).delete()
    Customer.objects.filter(pk=number).delete()
    for clear in clearing:
        transaction.on_commit(clear)
    audit.note(actor=by, action="erase", object=("customer", str(number)), now=now)


def _as_written(values: Sequence[str]) -> list[str]:
    """How ids stand in a JSON body: in quotes, with its characters as they are or escaped."""
    forms = {json.dumps(value, ensure_ascii=escaped).lower() for value in values for escaped in (True, False)}
    return sorted(forms)
