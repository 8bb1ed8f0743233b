"""Whose call it is: ids resolve to one customer, and histories join when two profiles turn out to be one person.

The rules, in order (docs/tracking.md says them to integrators):

- A call with a user id and an anonymous id joins them: an anonymous profile becomes, or merges into, the known one.
- An anonymous id of another known customer is a shared device: it moves to the new one, the two are never merged.
- An e-mail joins a profile without a user id with the one that has the address. Two customers with different user ids
  that give one address stay two; the first keeps it as an id.
- A phone number becomes an id where it is free, and never joins.
- `alias` merges what it names, whoever they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from customers.models import Identity
from customers.profile import Cause, Profile
from customers.tracking.calls import Call
from customers.tracking.traits import is_address, is_number

USER_ID, ANONYMOUS_ID = Identity.Kind.USER_ID.value, Identity.Kind.ANONYMOUS_ID.value
EMAIL, PHONE = Identity.Kind.EMAIL.value, Identity.Kind.PHONE.value

Key = tuple[str, str]


@dataclass(slots=True)
class Joined:
    """Two stored profiles that turned out to be one: what the kept one took over."""

    kept: Profile
    gone: Profile
    reason: str
    filled: dict[str, Any]


def keys_of(call: Call) -> list[Key]:
    """Every id that a call may resolve by."""
    keys: list[Key] = []
    if call.user_id:
        keys.append((USER_ID, call.user_id))
    if call.anonymous_id:
        keys.append((ANONYMOUS_ID, call.anonymous_id))
    if call.previous_id:
        keys += [(ANONYMOUS_ID, call.previous_id), (USER_ID, call.previous_id)]
    if call.told:
        keys += address_keys(call.told.get("email"), call.told.get("phone"))
    return keys


def address_keys(email: str | None, phone: str | None) -> list[Key]:
    """The ids among an e-mail and a phone number: only what can be one serves as one."""
    keys: list[Key] = []
    if email and is_address(email):
        keys.append((EMAIL, email))
    if phone and is_number(phone):
        keys.append((PHONE, phone))
    return keys


class Directory:
    """The ids that a batch of calls touches, and who they belong to: filled with locked rows, changed in memory."""

    def __init__(self, owners: dict[Key, Profile]) -> None:
        self.owners = owners
        self.made: list[Profile] = []
        self.joined: list[Joined] = []
        self.added: set[Key] = set()
        self.moved: set[Key] = set()

    def profiles(self) -> Iterable[Profile]:
        """Every profile that is left, each once."""
        seen = {id(profile): profile for profile in (*self.owners.values(), *self.made)}
        return (profile for profile in seen.values() if profile.into is None)

    def find(self, kind: str, value: str | None) -> Profile | None:
        """Who an id belongs to now."""
        owner = self.owners.get((kind, value)) if value else None
        return owner.last() if owner else None

    def resolve(self, call: Call, cause: Cause) -> Profile:
        """The customer a call is about, joined, made or moved as the rules above say."""
        profile = self._by_ids(call, cause)
        if call.previous_id:
            profile = self._alias(call.previous_id, profile, cause)
        if call.told.get("email"):
            profile = self._by_email(call, profile, cause)
        for key in address_keys(None, call.told.get("phone")):
            if key not in self.owners:
                self._give(key, profile)
        return profile

    def _by_ids(self, call: Call, cause: Cause) -> Profile:
        known, visitor = self.find(USER_ID, call.user_id), self.find(ANONYMOUS_ID, call.anonymous_id)
        if not call.user_id:
            return visitor or self._make((ANONYMOUS_ID, call.anonymous_id or ""), cause)
        if known is None and visitor is not None and visitor.user_id is None:
            known = visitor
            self._give((USER_ID, call.user_id), known)
        if known is None:
            known = self._make((USER_ID, call.user_id), cause)
        if known.user_id is None:
            known.set_column("user_id", call.user_id, cause)
        if call.anonymous_id and visitor is not known:
            if visitor is not None and visitor.user_id is None:
                return self._merge(known, visitor, "identify", cause)
            self._give((ANONYMOUS_ID, call.anonymous_id), known)
        return known

    def _alias(self, previous_id: str, profile: Profile, cause: Cause) -> Profile:
        found = False
        for kind in (ANONYMOUS_ID, USER_ID):
            previous = self.find(kind, previous_id)
            found = found or previous is not None
            if previous is not None and previous is not profile:
                profile = self._merge(profile, previous, "alias", cause)
        if not found:
            self._give((ANONYMOUS_ID, previous_id), profile)
        return profile

    def _by_email(self, call: Call, profile: Profile, cause: Cause) -> Profile:
        email = call.told["email"]
        owner = self.find(EMAIL, email)
        if owner is None:
            for key in address_keys(email, None):
                self._give(key, profile)
            return profile
        if owner is profile or (owner.user_id and profile.user_id):
            return profile
        if profile.user_id:
            return self._merge(profile, owner, "email", cause)
        if profile.email in (None, email):
            return self._merge(owner, profile, "email", cause)
        # The visitor gave another address before: two people on one device.
        if call.anonymous_id:
            self._give((ANONYMOUS_ID, call.anonymous_id), owner)
        return owner

    def _make(self, key: Key, cause: Cause) -> Profile:
        profile = Profile(id=0, is_new=True, stored="{}")
        if key[0] == USER_ID:
            profile.user_id = key[1]
        profile.note("everything", cause)
        self.made.append(profile)
        self._give(key, profile)
        return profile

    def _give(self, key: Key, profile: Profile) -> None:
        """Let an id belong to a profile from now on."""
        if key in self.owners:
            self.moved.add(key)
        else:
            self.added.add(key)
        self.owners[key] = profile

    def _merge(self, kept: Profile, gone: Profile, reason: str, cause: Cause) -> Profile:
        """Join two profiles; a stored one outlives one that was made a moment ago, under the newer user id."""
        if kept.is_new and not gone.is_new:
            kept, gone = gone, kept
            if gone.user_id:
                kept.set_column("user_id", gone.user_id, cause)
        merged = {**cause, "kind": "merge", "detail": reason}
        filled = kept.absorb(gone, merged)
        if not gone.is_new:
            self.joined.append(Joined(kept, gone, reason, filled))
        return kept
