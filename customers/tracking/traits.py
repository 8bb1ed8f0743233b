"""Traits of a customer under their catalogue keys: the reserved ones of the spec fill the built-in fields."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import phonenumbers

from customers.catalogue import COMPUTED
from customers.tracking.moments import read_date
from customers.tracking.values import text_or_none

if TYPE_CHECKING:
    from customers.tracking.calls import Call

LONGEST_EMAIL = 254
LONGEST_KEY = 200
_BUILT_IN = {"firstName": "first_name", "lastName": "last_name", "postalCode": "postal_code", "createdAt": "created_at"}
_ADDRESS = {"country": "country", "city": "city", "postalCode": "postal_code", "postal_code": "postal_code"}
COLUMNS = frozenset({"email", "phone", "timezone", "created_at"})


def read_traits(call: Call) -> None:
    """Sort a call's traits into columns and attributes; a null or, for a column, an unusable value takes it away."""
    traits = dict(call.traits)
    address = traits.pop("address", None)
    if isinstance(address, dict):
        rest = {key: value for key, value in address.items() if key not in _ADDRESS}
        traits = {_ADDRESS[key]: value for key, value in address.items() if key in _ADDRESS} | traits
        if rest:
            traits["address"] = rest
    elif address is not None:
        traits["address"] = address
    for name, value in traits.items():
        key = _BUILT_IN.get(name, name)
        if key in COLUMNS:
            call.told[key] = value
        elif key not in COMPUTED and 0 < len(key) <= LONGEST_KEY:
            call.attributes[key] = value
    _read_columns(call.told, call.attributes.get("country"))


def _read_columns(told: dict[str, Any], country: Any) -> None:
    if "email" in told:
        told["email"] = read_email(told["email"])
    if "phone" in told:
        told["phone"] = read_phone(told["phone"], country)
    if "created_at" in told:
        told["created_at"] = read_date(told["created_at"])
    if "timezone" in told:
        told["timezone"] = text_or_none(told["timezone"])


def read_email(value: Any) -> str | None:
    """An address in lower case, as identities hold it; None for what could be none."""
    text = text_or_none(value)
    return text.lower() if text and len(text) <= LONGEST_EMAIL else None


def read_phone(value: Any, country: Any = None) -> str | None:
    """A number in E.164 (`+48221234567`) where it can be read, else the text as it came."""
    text = text_or_none(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    if text is None or len(text) > LONGEST_EMAIL:
        return None
    return _e164(text, country.upper() if isinstance(country, str) and len(country) == 2 else None) or text


@lru_cache(maxsize=4096)
def _e164(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_address(email: str | None) -> bool:
    """Whether an e-mail may serve as an identity: something at something, without space."""
    if not email:
        return False
    name, _, host = email.partition("@")
    return bool(name) and "." in host and "@" not in host and not any(char.isspace() for char in email)


def is_number(phone: str | None) -> bool:
    """Whether a phone may serve as an identity: a number in E.164."""
    return bool(phone) and phone is not None and phone.startswith("+") and phone[1:].isdigit()
