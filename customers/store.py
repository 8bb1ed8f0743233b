"""Rows of customers and their ids, read under lock and written in bulk: one statement for a whole batch."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from common.prepared import look_up_by_index, prepared_cursor
from customers.identity import Directory, Key
from customers.profile import Profile
from customers.tracking.values import encode

_COLUMNS = (
    "c.id, c.user_id, c.email, c.phone, c.timezone, c.attributes::text, c.created_at, c.first_seen_at, c.last_seen_at"
)

_ROW = """id bigint, user_id text, email text, phone text, timezone text, attributes jsonb, created_at timestamptz,
    first_seen_at timestamptz, last_seen_at timestamptz"""

# One statement on purpose: a customer that was merged away while this waited for its lock drops out of the answer, the
# insert of its ids then meets the new rows, and the batch starts again. Each id is looked up by itself: the planner,
# which cannot tell how many there are, would rather read a table of tens of thousands.
_LOCK_OWNERS = f"""
SELECT i.kind, i.value, {_COLUMNS}
FROM json_to_recordset(%s::json) AS wanted (kind text, value text)
CROSS JOIN LATERAL (
    SELECT i.* FROM customers_identity i WHERE i.kind = wanted.kind AND i.value = wanted.value LIMIT 1
) i
JOIN customers_customer c ON c.id = i.customer_id
ORDER BY c.id FOR NO KEY UPDATE OF c
"""

_LOCK = f"SELECT {_COLUMNS} FROM customers_customer c WHERE c.id = ANY(%s) ORDER BY c.id FOR NO KEY UPDATE OF c"

_INSERT = f"""
INSERT INTO customers_customer
    (id, user_id, email, phone, timezone, attributes, created_at, first_seen_at, last_seen_at, updated_at)
SELECT n.*, %s FROM json_to_recordset(%s::json) AS n ({_ROW})
"""

_UPDATE = f"""
UPDATE customers_customer c
SET user_id = n.user_id, email = n.email, phone = n.phone, timezone = n.timezone,
    attributes = coalesce(n.attributes, c.attributes), created_at = n.created_at, first_seen_at = n.first_seen_at,
    last_seen_at = n.last_seen_at, updated_at = %s
FROM json_to_recordset(%s::json) AS n ({_ROW})
WHERE c.id = n.id
"""

_ADD_IDENTITIES = """
INSERT INTO customers_identity (kind, value, customer_id, since)
SELECT n.kind, n.value, n.customer_id, %s FROM json_to_recordset(%s::json)
    AS n (kind text, value text, customer_id bigint)
ORDER BY n.kind, n.value ON CONFLICT (kind, value) DO NOTHING
"""

_MOVE_IDENTITIES = """
UPDATE customers_identity i SET customer_id = n.customer_id, since = %s
FROM json_to_recordset(%s::json) AS n (kind text, value text, customer_id bigint)
WHERE i.kind = n.kind AND i.value = n.value
"""


# Any number no other advisory lock of this database uses.
_MAKING = 7_205_002


class RaceError(Exception):
    """Another transaction took the same id first: start again and find its customer."""


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """The names of time zones that both PostgreSQL and Python know: rules are computed in either."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(name for (name,) in cursor.fetchall()) & zoneinfo.available_timezones() - {"localtime"}


def enter(*, alone: bool) -> None:
    """Begin a transaction that may make customers: beside the others, or alone once they are through and before more come.

    The first lock of a batch, so whoever waits for it holds nothing that another one needs.
    """
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [_MAKING])
    look_up_by_index()


def lock_directory(keys: Collection[Key]) -> Directory:
    """The owners of ids, their rows locked in the order of their numbers until the transaction ends."""
    wanted = [{"kind": kind, "value": value} for kind, value in keys]
    owners: dict[Key, Profile] = {}
    profiles: dict[int, Profile] = {}
    with prepared_cursor() as cursor:
        cursor.execute(_LOCK_OWNERS, [encode(wanted)])
        for kind, value, *row in cursor.fetchall():
            owners[kind, value] = profiles.setdefault(row[0], _profile(row))
    return Directory(owners)


def lock_profiles(ids: Collection[int]) -> dict[int, Profile]:
    """Customers by number, locked in the order of their numbers; those that are gone are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(ids)])
        return {row[0]: _profile(row) for row in cursor.fetchall()}


def insert_profiles(profiles: Sequence[Profile], *, now: datetime) -> None:
    """Give new customers their numbers and write their rows."""
    if not profiles:
        return
    with prepared_cursor() as cursor:
        sequence = "SELECT nextval('customers_customer_id_seq') FROM generate_series(1, %s)"
        cursor.execute(sequence, [len(profiles)])
        for profile, (number,) in zip(profiles, cursor.fetchall(), strict=True):
            profile.id = number
        cursor.execute(_INSERT, [now, _rows(profiles, whole=True)])


def update_profiles(profiles: Sequence[Profile], *, now: datetime) -> None:
    """Write what changed of stored customers; attributes that nobody touched are not sent."""
    if profiles:
        with prepared_cursor() as cursor:
            cursor.execute(_UPDATE, [now, _rows(profiles, whole=False)])


def write_identities(directory: Directory, *, now: datetime) -> None:
    """Write the ids that were added and those that moved. Raises RaceError if one of the new is taken meanwhile."""
    with prepared_cursor() as cursor:
        if directory.added:
            cursor.execute(_ADD_IDENTITIES, [now, _identity_rows(directory, directory.added)])
            if cursor.rowcount != len(directory.added):
                raise RaceError
        moved = directory.moved - directory.added
        if moved:
            cursor.execute(_MOVE_IDENTITIES, [now, _identity_rows(directory, moved)])


def _identity_rows(directory: Directory, keys: Iterable[Key]) -> str:
    owner = directory.owners
    return encode([{"kind": key[0], "value": key[1], "customer_id": owner[key].last().id} for key in keys])


def _profile(row: Sequence[Any]) -> Profile:
    number, user_id, email, phone, timezone, stored, created_at, first_seen_at, last_seen_at = row
    return Profile(
        id=number,
        user_id=user_id,
        email=email,
        phone=phone,
        timezone=timezone,
        stored=stored,
        created_at=created_at,
        first_seen_at=first_seen_at,
        last_seen_at=last_seen_at,
    )


def _rows(profiles: Sequence[Profile], *, whole: bool) -> str:
    """The columns of profiles as JSON; attributes only of those that changed, unless the whole row is written."""
    return encode(
        [
            {
                "id": profile.id,
                "user_id": profile.user_id,
                "email": profile.email,
                "phone": profile.phone,
                "timezone": profile.timezone,
                "attributes": profile.attributes if whole or profile.told else None,
                "created_at": profile.created_at,
                "first_seen_at": profile.first_seen_at,
                "last_seen_at": profile.last_seen_at,
            }
            for profile in profiles
        ]
    )
