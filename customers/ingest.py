"""Accept events once, and fold them into the profiles of the customers they are about.

Stage 1 of 8.
Takes: the calls of a request, a webhook or an import, of one source.
Leaves: `Event`, `Customer`, `Identity`, `EventTotal`, `Order`, `OrderTotal`, `Consent`, what was refused in `RejectedInput`.
Safe to repeat because: a message id counts once, ever (`Receipt`).
Next: mark, in the same transaction.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, OperationalError, transaction
from psycopg import errors

from common.prepared import prepared_cursor
from customers import append, bell, consent, learn, merge, partitions, store
from customers.identity import Directory, keys_of
from customers.mark import mark
from customers.models import RejectedInput, Source
from customers.profile import Cause, Profile
from customers.tracking.calls import Call, Unreadable, read_call
from customers.tracking.context import SUBSCRIBED, UNSUBSCRIBED
from customers.tracking.lines import ORDER_COMPLETED, PRODUCT_ORDERED, lines_of
from customers.tracking.values import RejectedError, encode
from customers.traits import orders

ATTEMPTS = 8
_RECEIVE = """
INSERT INTO customers_receipt (key, received_at)
SELECT k::uuid, %s FROM json_array_elements_text(%s::json) k ORDER BY 1 ON CONFLICT (key) DO NOTHING RETURNING key
"""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A call that was not taken, by its place among the calls."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the calls of one request."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]


@dataclass(slots=True)
class _Batch:
    """What the calls of one transaction leave, before it is written."""

    events: list[tuple[Profile, Call]] = field(default_factory=list)
    consents: list[tuple[Profile, Call]] = field(default_factory=list)


def ingest(*, source: Source, calls: Sequence[Any], received_at: datetime) -> Ingested:
    """Take the calls of one source (decoded JSON of the tracking spec, each with its `type`) in one transaction.

    Returns after the commit. Raises OperationalError when the database is away, or too busy to be won by trying again.
    """
    read: list[Call] = []
    refused: list[tuple[Rejected, Any]] = []
    for index, body in enumerate(calls):
        try:
            read.append(read_call(body, index=index, received_at=received_at))
        except RejectedError as error:
            refused.append((Rejected(index, str(error)), body))
    accepted = _take_whole(source, read, refused, received_at)
    if accepted is None:
        return _take_apart(source, calls, received_at)
    return Ingested(accepted, len(read) - accepted, tuple(rejected for rejected, _ in refused))


def _take_whole(
    source: Source, read: Sequence[Call], refused: Sequence[tuple[Rejected, Any]], received_at: datetime
) -> int | None:
    """Take everything in one transaction, again where another one was in the way; None if a value cannot be stored."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                # Visitors who come in two batches at once are made by one of them; the other need not lose again.
                store.enter(alone=attempt > 0)
                return _take(source, read, refused, received_at)
        except DataError:
            return None
        except (store.RaceError, IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS - 1 or not _can_win(error):
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError("the last attempt returns or raises")


def _take_apart(source: Source, calls: Sequence[Any], received_at: datetime) -> Ingested:
    """Take calls one by one, so that the one that the database cannot keep does not sink the others."""
    if len(calls) == 1:
        reason = "The database cannot keep a value of this call."
        calls = [Unreadable(reason, _as_text(calls[0]))]
        return ingest(source=source, calls=calls, received_at=received_at)
    accepted, duplicates, rejected = 0, 0, []
    for index, call in enumerate(calls):
        one = ingest(source=source, calls=[call], received_at=received_at)
        accepted, duplicates = accepted + one.accepted, duplicates + one.duplicates
        rejected += [Rejected(index, refusal.reason) for refusal in one.rejected]
    return Ingested(accepted, duplicates, tuple(rejected))


def _can_win(error: Exception) -> bool:
    """Whether another transaction was in the way, so that a second try may pass."""
    lost = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation, errors.ForeignKeyViolation)
    return isinstance(error, store.RaceError) or isinstance(error.__cause__, lost)


def _take(source: Source, read: Sequence[Call], refused: Sequence[tuple[Rejected, Any]], received_at: datetime) -> int:
    """Write everything; return how many calls counted."""
    _keep_refused(source, refused, received_at)
    if not read:
        return 0
    partitions.ensure_months(partitions.month_of(call.time) for call in read if call.event is not None)
    calls = _first_time(read, received_at)
    if not calls:
        return 0
    ids = append.name_ids(_names(calls), now=received_at)
    directory = store.lock_directory({key for call in calls for key in keys_of(call)})
    batch = _fold(calls, directory, received_at)
    _write_profiles(directory, received_at)
    entries = _append(source, batch, ids, received_at)
    _write_consents(source, batch)
    mark(causes={profile.id: profile.causes for profile in directory.profiles()}, now=received_at)
    learn.learn(
        properties=[(ids[entry.name], entry.properties) for entry in entries],
        attributes=[call.attributes for call in calls if call.attributes],
        now=received_at,
    )
    transaction.on_commit(bell.ring)
    return len(calls)


def _first_time(read: Sequence[Call], received_at: datetime) -> list[Call]:
    """The calls whose message was never received before, each message once."""
    first: dict[UUID, Call] = {}
    for call in read:
        first.setdefault(call.key, call)
    with prepared_cursor() as cursor:
        cursor.execute(_RECEIVE, [received_at, encode(list(first))])
        new = {key for (key,) in cursor.fetchall()}
    return [call for key, call in first.items() if key in new]


def _names(calls: Sequence[Call]) -> set[str]:
    names = {call.event for call in calls if call.event is not None}
    return names | {PRODUCT_ORDERED} if ORDER_COMPLETED in names else names


def _fold(calls: Sequence[Call], directory: Directory, received_at: datetime) -> _Batch:
    """Let each call, in the order it came, say whose it is and what it tells."""
    batch = _Batch()
    for call in calls:
        cause = {"kind": "event", "id": call.message_id, "detail": call.event or call.kind, "at": call.time.isoformat()}
        profile = directory.resolve(call, cause)
        _tell(profile, call, {**cause, "kind": "attribute"} if call.event is None else cause)
        profile.see(min(call.time, received_at), cause)
        if call.event is not None:
            batch.events.append((profile, call))
            profile.note(f"event:{call.event}", cause)
        if call.consents:
            batch.consents.append((profile, call))
    return batch


def _tell(profile: Profile, call: Call, cause: Cause) -> None:
    for key, value in call.told.items():
        if key != "timezone" or value is None or value in store.timezones():
            profile.set_column(key, value, cause)
    for key, value in call.attributes.items():
        profile.tell(key, value, cause)


def _write_profiles(directory: Directory, now: datetime) -> None:
    left = list(directory.profiles())
    store.insert_profiles([profile for profile in left if profile.is_new], now=now)
    store.update_profiles([profile for profile in left if not profile.is_new], now=now)
    merge.join(directory.joined, now=now)
    store.write_identities(directory, now=now)


def _append(source: Source, batch: _Batch, ids: dict[str, int], received_at: datetime) -> list[append.Entry]:
    entries: list[append.Entry] = []
    ordered: list[orders.OrderEvent] = []
    for met, call in batch.events:
        profile, name = met.last(), call.event or ""
        stated = call.properties.get("store")
        shop = call.store or (stated if isinstance(stated, str) and stated else source.store)
        entry = append.Entry(profile.id, name, call.time, shop, call.message_id, None, call.properties)
        entries.append(entry)
        if name in orders.ORDER_EVENTS:
            ordered.append(orders.OrderEvent(profile.id, name, call.time, call.message_id, call.properties))
        if name != ORDER_COMPLETED:
            continue
        for line, properties in lines_of(call.properties):
            entries.append(
                append.Entry(profile.id, PRODUCT_ORDERED, call.time, shop, call.message_id, line, properties)
            )
            cause = {"kind": "event", "id": call.message_id, "detail": PRODUCT_ORDERED, "at": call.time.isoformat()}
            profile.note(f"event:{PRODUCT_ORDERED}", cause)
    append.append(entries, ids=ids, source_id=source.pk, received_at=received_at)
    orders.fold(ordered)
    return entries


def _write_consents(source: Source, batch: _Batch) -> None:
    told: list[consent.Told] = []
    causes: dict[tuple[int, str], tuple[Profile, Cause]] = {}
    for met, call in batch.consents:
        profile = met.last()
        for channel, agrees in call.consents.items():
            state = consent.state_of(agrees)
            proof = {"source": source.slug, "message_id": call.message_id, "call": call.event or call.kind}
            explicit = call.event in (SUBSCRIBED, UNSUBSCRIBED)
            told.append(consent.Told(profile.id, channel, state, call.time, proof, explicit))
            cause = {
                "kind": "consent",
                "id": call.message_id,
                "detail": f"{channel} {state}",
                "at": call.time.isoformat(),
            }
            causes[profile.id, channel] = (profile, cause)
    for customer, channels in consent.fold(told).items():
        for channel in channels:
            profile, cause = causes[customer, channel]
            profile.note(f"consent:{channel}", cause)


def _keep_refused(source: Source, refused: Sequence[tuple[Rejected, Any]], received_at: datetime) -> None:
    RejectedInput.objects.bulk_create(
        RejectedInput(source=source, received_at=received_at, reason=rejected.reason, body=_as_text(body))
        for rejected, body in refused
    )


def _as_text(body: Any) -> str:
    """What came, as text that a column takes."""
    try:
        text = body.text if isinstance(body, Unreadable) else encode(body)
    except (TypeError, ValueError):
        text = repr(body)
    return text.encode(errors="replace").decode().replace("\x00", "")
