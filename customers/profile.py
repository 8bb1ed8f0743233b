"""One customer while ingest works on it: what is stored, what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.tracking.values import decode

Cause = dict[str, str]


@dataclass(slots=True, eq=False)
class Profile:
    """A row of Customer held under its lock. `stored` is the JSON of its attributes until somebody reads them.

    `causes` maps what changed to its first cause; `into` is the profile that this one was merged into.
    """

    id: int
    is_new: bool = False
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    timezone: str | None = None
    stored: str | None = None
    created_at: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    read: dict[str, Any] | None = None
    told: bool = False
    causes: dict[str, Cause] = field(default_factory=dict)
    into: Profile | None = None

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes; change them only through `tell`."""
        if self.read is None:
            self.read = decode(self.stored.encode()) if self.stored else {}
        return self.read

    def last(self) -> Profile:
        """The profile that stands for this one after all merges."""
        profile = self
        while profile.into is not None:
            profile = profile.into
        return profile

    def note(self, key: str, cause: Cause) -> None:
        """Remember the first cause of a change."""
        self.causes.setdefault(key, cause)

    def tell(self, key: str, value: Any, cause: Cause) -> None:
        """Set an attribute, or take it away with None."""
        if value is None:
            if self.attributes.pop(key, None) is None:
                return
        elif key in self.attributes and _same(self.attributes[key], value):
            return
        else:
            self.attributes[key] = value
        self.told = True
        self._note_attribute(key, cause)

    def set_column(self, key: str, value: Any, cause: Cause) -> None:
        """Set one of the columns user_id, email, phone, timezone, created_at."""
        if getattr(self, key) == value:
            return
        setattr(self, key, value)
        self.told = True
        self._note_attribute(key, cause)

    def see(self, time: datetime, cause: Cause) -> None:
        """The customer was there at `time`."""
        if self.last_seen_at is None or time > self.last_seen_at:
            self.last_seen_at = time
            self.note("attribute:last_seen_at", cause)
        if self.first_seen_at is None or time < self.first_seen_at:
            self.first_seen_at = time
            self.note("attribute:first_seen_at", cause)
            if self.created_at is None:
                self.note("attribute:created_at", cause)

    def absorb(self, gone: Profile, cause: Cause) -> dict[str, Any]:
        """Take over what a profile knew that this one did not; return what was filled in."""
        filled: dict[str, Any] = {}
        for key in ("user_id", "email", "phone", "timezone", "created_at"):
            if getattr(self, key) is None and getattr(gone, key) is not None:
                filled[key] = getattr(gone, key)
                self.set_column(key, filled[key], cause)
        for key, value in gone.attributes.items():
            if key not in self.attributes:
                filled[f"attributes.{key}"] = value
                self.tell(key, value, cause)
        for seen in (gone.first_seen_at, gone.last_seen_at):
            if seen is not None:
                self.see(seen, cause)
        for key, first in gone.causes.items():
            self.note(key, first)
        self.note("everything", cause)
        gone.into = self
        return filled

    def _note_attribute(self, key: str, cause: Cause) -> None:
        self.note(f"attribute:{key}", cause)
        if key == "birthday":
            self.note("attribute:age", cause)
        if key in ("user_id", "email", "phone"):
            self.note("attribute:known", cause)
        if key == "email":
            self.note("consent:email", cause)
        if key == "phone":
            self.note("consent:sms", cause)


def _same(stored: Any, told: Any) -> bool:
    """Equal as JSON is: `true` is not 1."""
    return type(stored) is type(told) and bool(stored == told)
