"""Make and read keys: write keys for sources, API keys for programs. Only digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils.text import slugify

from customers import audit
from customers.models import ApiKey, Source, WriteKey

SCOPES = ("read", "write", "admin")
SHOWN = 8


class KeyScopeError(ValueError):
    """A scope that there is none of; the message names those there are."""


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


@transaction.atomic
def create_write_key(
    *, source: str, now: datetime, events_per_minute: int | None = None, by: AbstractBaseUser | str | None = None
) -> str:
    """Make a write key for a source, by its slug or name; the source is made if there is none. Returns the key."""
    slug = slugify(source)[:50]
    if not slug:
        raise ValueError("The source's name needs a letter or a digit.")
    made = {"name": source, "timezone": str(settings.STORE_TIME_ZONE), "created_at": now}
    found, new = Source.objects.get_or_create(slug=slug, defaults=made)
    if new:
        words = {"name": found.name, "slug": found.slug, "store": found.store, "timezone": found.timezone}
        audit.note(actor=by, action="create", object=found, after=words, now=now)
    key = f"wk_{secrets.token_urlsafe(24)}"
    WriteKey.objects.create(
        source=found,
        digest=digest_of(key),
        prefix=key[:SHOWN],
        created_at=now,
        events_per_minute=events_per_minute,
    )
    after = {"prefix": key[:SHOWN], "events_per_minute": events_per_minute}
    audit.note(actor=by, action="create write key", object=found, after=after, now=now)
    return key


@transaction.atomic
def create_api_key(*, name: str, scopes: Iterable[str], now: datetime, by: AbstractBaseUser | str | None = None) -> str:
    """Make an API key that acts as an account of its own, which nobody can log in with. Returns the key."""
    wanted = sorted(set(scopes), key=lambda scope: SCOPES.index(scope) if scope in SCOPES else -1)
    if not wanted or wanted[0] not in SCOPES:
        raise KeyScopeError(f"Scopes are {', '.join(SCOPES)}; give at least one.")
    key = f"tl_{secrets.token_urlsafe(32)}"
    made = ApiKey.objects.create(
        name=name, user=_account(name), digest=digest_of(key), prefix=key[:SHOWN], scopes=wanted, created_at=now
    )
    after = {"name": name, "prefix": made.prefix, "scopes": wanted, "account": made.user.get_username()}
    audit.note(actor=by, action="create API key", object=made, after=after, now=now)
    return key


def _account(name: str) -> User:
    """The account a key acts as: its own, so that what one key submits another may approve."""
    account = User(username=f"api-{slugify(name)[:80] or 'key'}-{secrets.token_hex(4)}", first_name=name[:150])
    account.set_unusable_password()
    account.save()
    return account


def write_key_of(key: str) -> WriteKey | None:
    """The write key that a client gave, with its source; None if there is none or it was revoked."""
    found = WriteKey.objects.select_related("source").filter(digest=digest_of(key), revoked_at=None)
    return found.first() if key else None


def api_key_of(key: str) -> ApiKey | None:
    """The API key that a program gave, with its account; None if there is none or it was revoked."""
    found = ApiKey.objects.select_related("user").filter(digest=digest_of(key), revoked_at=None)
    return found.first() if key else None
