"""Edit one customer by hand or over the API: attributes and consents, with the change marked and noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from customers import audit, bell, consent, store
from customers.catalogue import COMPUTED
from customers.identity import address_keys
from customers.mark import mark
from customers.models import Customer, Identity
from customers.models.consent import State
from customers.profile import Cause, Profile
from customers.tracking.moments import read_date
from customers.tracking.traits import COLUMNS, LONGEST_KEY, read_email, read_phone
from customers.tracking.values import RejectedError, clean

LONGEST_CHANNEL = 16


class EditError(ValueError):
    """Values that cannot be taken, each with its JSON pointer and a sentence."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {message}" for pointer, message in faults))
        self.faults = faults


@transaction.atomic
def edit(
    *,
    customer: Customer,
    attributes: Mapping[str, Any] | None = None,
    consents: Mapping[str, Any] | None = None,
    by: AbstractBaseUser | str,
    now: datetime,
) -> None:
    """Set attributes (null takes one away) and consents. Raises EditError with every fault, changing nothing.

    The audit log names the keys that changed and not the values, so that erasing a customer leaves nothing of them.
    """
    who = by if isinstance(by, str) else by.get_username()
    values, faults = _read_attributes(attributes or {})
    faults += _consent_faults(consents or {})
    if faults:
        raise EditError(faults)
    profile = store.lock_profiles([customer.pk]).get(customer.pk)
    if profile is None:
        raise Customer.DoesNotExist("The customer was merged or erased.")
    _tell(profile, values, {"kind": "attribute", "id": "", "detail": f"edited by {who}", "at": now.isoformat()})
    store.update_profiles([profile], now=now)
    _keep_addresses(profile, values, now)
    _agree(profile, consents or {}, who, now)
    if not profile.causes:
        return
    mark(causes={profile.id: profile.causes}, now=now)
    audit.note(actor=by, action="edit", object=customer, after={"changed": sorted(profile.causes)}, now=now)
    transaction.on_commit(bell.ring)


def _read_attributes(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values fit to be kept, by key, and what is wrong with the others."""
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for key, value in attributes.items():
        pointer = "/attributes/" + key.replace("~", "~0").replace("/", "~1")
        try:
            values[key] = _read_one(key, value, attributes.get("country"))
        except RejectedError as error:
            faults.append((pointer, str(error)))
    return values, faults


def _read_one(key: str, value: Any, country: Any) -> Any:
    if key in COMPUTED:
        raise RejectedError("Tideline computes this one; it cannot be set.")
    if not 0 < len(key) <= LONGEST_KEY or "\x00" in key:
        raise RejectedError(f"A key has 1 to {LONGEST_KEY} characters.")
    if key not in COLUMNS or value is None:
        return clean(value, key)
    readers = {"email": read_email, "created_at": read_date, "timezone": _read_timezone}
    read = read_phone(value, country) if key == "phone" else readers[key](clean(value, key))
    if read is None:
        raise RejectedError({"timezone": "Give an IANA name, as in Europe/Warsaw."}.get(key, "This cannot be read."))
    return read


def _read_timezone(value: Any) -> str | None:
    return value if isinstance(value, str) and value in store.timezones() else None


def _consent_faults(consents: Mapping[str, Any]) -> list[tuple[str, str]]:
    states = ", ".join(State.values)
    return [
        (f"/consents/{channel}", f"Give one of {states} to a channel of at most {LONGEST_CHANNEL} characters.")
        for channel, state in consents.items()
        if state not in State.values or not 0 < len(channel) <= LONGEST_CHANNEL
    ]


def _tell(profile: Profile, values: Mapping[str, Any], cause: Cause) -> None:
    for key, value in values.items():
        if key in COLUMNS:
            profile.set_column(key, value, cause)
        else:
            profile.tell(key, value, cause)


def _keep_addresses(profile: Profile, values: Mapping[str, Any], now: datetime) -> None:
    """An e-mail or phone that nobody has becomes an id of the customer; one that somebody has stays theirs."""
    keys = address_keys(values.get("email"), values.get("phone"))
    for kind, value in keys:
        Identity.objects.get_or_create(kind=kind, value=value, defaults={"customer_id": profile.id, "since": now})


def _agree(profile: Profile, consents: Mapping[str, Any], who: str, now: datetime) -> None:
    told = [consent.Told(profile.id, channel, state, now, {"by": who}) for channel, state in consents.items()]
    for channels in consent.fold(told).values():
        for channel in channels:
            detail = f"{channel} {consents[channel]} by {who}"
            profile.note(f"consent:{channel}", {"kind": "consent", "id": "", "detail": detail, "at": now.isoformat()})
