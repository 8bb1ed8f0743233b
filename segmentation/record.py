"""Stage 5 of 8: record.

Takes: verdicts, with the instant of their evaluation and the cause of each.
Leaves: `Membership`, `MembershipChange` with its cause, `DueLook` for edges of hysteresis; the dirty row goes only if its
    generation is unchanged (evaluate releases it in the same transaction).
Safe to repeat because: unique (segment, customer), and a change is written only where the membership row really moved.
Next: advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from common.prepared import prepared_cursor
from segmentation.causes import Cause

# Leaving before entering.
KINDS = ("exited", "suppressed", "reassigned", "entered", "released")


@dataclass(frozen=True)
class Change:
    """One move of one customer: `entered`, `exited`, `suppressed`, `released`, or `reassigned` (still suppressed, by
    another segment), which is stored and not logged. `suppressed_by` is set exactly where the customer ends suppressed."""

    kind: str
    segment: int
    customer: int
    version: int
    cause: Cause
    suppressed_by: int | None = None
    silent: bool = False


@dataclass(frozen=True)
class Moved:
    """The same change of many customers at once: a `Change` in all but its customers, who come in any number."""

    kind: str
    segment: int
    customers: Sequence[int]
    version: int
    cause: Cause
    suppressed_by: int | None = None
    silent: bool = False


@dataclass(frozen=True)
class Waiting:
    """What hysteresis keeps in mind of one customer in one segment: rule false since, and when to look again."""

    segment: int
    customer: int
    false_since: datetime | None = None
    look_at: datetime | None = None


def record(
    *,
    changes: Sequence[Change] = (),
    moved: Sequence[Moved] = (),
    waiting: Sequence[Waiting] = (),
    now: datetime,
) -> int:
    """Write the moves and what hysteresis waits for; return how many changes were logged.

    Leaving is written before entering, so that whoever reads a customer's log in order never sees one too many active.
    """
    written = 0
    for kind in KINDS:
        lines = [change for change in changes if change.kind == kind]
        if lines:
            written += _write(_STATEMENTS[kind], lines, now)
        written += sum(_write_moved(alike, now) for alike in moved if alike.kind == kind)
    if waiting:
        _remember(waiting)
    return written


_EACH = """
    SELECT * FROM unnest(%(segment)s::bigint[], %(customer)s::bigint[], %(version)s::int[], %(suppressed_by)s::bigint[],
                         %(cause_kind)s::text[], %(cause_id)s::text[], %(cause_detail)s::text[],
                         %(caused_at)s::timestamptz[], %(silent)s::boolean[])
        AS t(segment_id, customer_id, version, suppressed_by_id, cause_kind, cause_id, cause_detail, caused_at, silent)
"""

_ALIKE = """
    SELECT %(segment)s::bigint AS segment_id, customer_id, %(version)s::int AS version,
           %(suppressed_by)s::bigint AS suppressed_by_id, %(cause_kind)s::text AS cause_kind,
           %(cause_id)s::text AS cause_id, %(cause_detail)s::text AS cause_detail,
           %(caused_at)s::timestamptz AS caused_at, %(silent)s::boolean AS silent
    FROM unnest(%(customer)s::bigint[]) AS t(customer_id)
"""

_LOGGED = """
WITH line AS (%%s), moved AS (%%s)
INSERT INTO segmentation_membershipchange
    (segment_id, customer_id, kind, state, at, version, cause_kind, cause_id, cause_detail, caused_at,
     suppressed_by_id, silent)
SELECT line.segment_id, line.customer_id, '%%s', moved.state, %(now)s, line.version, line.cause_kind, line.cause_id,
       line.cause_detail, line.caused_at, moved.suppressed_by_id, line.silent
FROM line JOIN moved USING (segment_id, customer_id)
ORDER BY line.customer_id, line.segment_id"""

_STATE = "CASE WHEN line.suppressed_by_id IS NULL THEN 'active' ELSE 'suppressed' END"

_ENTER = f"""
INSERT INTO segmentation_membership
    (segment_id, customer_id, state, since, state_since, suppressed_by_id, version)
SELECT line.segment_id, line.customer_id, {_STATE}, %(now)s, %(now)s, line.suppressed_by_id, line.version FROM line
ON CONFLICT (segment_id, customer_id) DO NOTHING
RETURNING segment_id, customer_id, state, suppressed_by_id"""

_EXIT = """
DELETE FROM segmentation_membership m USING line
WHERE m.segment_id = line.segment_id AND m.customer_id = line.customer_id
RETURNING m.segment_id, m.customer_id, m.state, m.suppressed_by_id"""

_TURN = f"""
UPDATE segmentation_membership m
SET state = {_STATE}, suppressed_by_id = line.suppressed_by_id, state_since = %(now)s
FROM line
WHERE m.segment_id = line.segment_id AND m.customer_id = line.customer_id AND m.state <> {_STATE}
RETURNING m.segment_id, m.customer_id, m.state, m.suppressed_by_id"""

_REASSIGN = """
WITH line AS (%%s)
UPDATE segmentation_membership m SET suppressed_by_id = line.suppressed_by_id FROM line
WHERE m.segment_id = line.segment_id AND m.customer_id = line.customer_id AND m.state = 'suppressed'
  AND m.suppressed_by_id IS DISTINCT FROM line.suppressed_by_id"""


def _logged(line: str, kind: str, moved: str) -> str:
    """The statement that moves membership rows and logs those that moved, in one."""
    return _LOGGED.replace("%%s", line, 1).replace("%%s", moved, 1).replace("%%s", kind, 1)


def _statements(line: str) -> dict[str, str]:
    """The statement of each kind of change for lines that are made so."""
    return {
        "exited": _logged(line, "exited", _EXIT),
        "suppressed": _logged(line, "suppressed", _TURN),
        "reassigned": _REASSIGN.replace("%%s", line, 1),
        "entered": _logged(line, "entered", _ENTER),
        "released": _logged(line, "released", _TURN),
    }


_STATEMENTS, _STATEMENTS_ALIKE = _statements(_EACH), _statements(_ALIKE)


def _write(statement: str, lines: Sequence[Change], now: datetime) -> int:
    """Run one kind of change over all its lines; return how many were logged."""
    values: dict[str, Any] = {
        "segment": [line.segment for line in lines],
        "customer": [line.customer for line in lines],
        "version": [line.version for line in lines],
        "suppressed_by": [line.suppressed_by for line in lines],
        "cause_kind": [line.cause.kind for line in lines],
        "cause_id": [line.cause.id for line in lines],
        "cause_detail": [line.cause.detail for line in lines],
        "caused_at": [line.cause.at for line in lines],
        "silent": [line.silent for line in lines],
        "now": now,
    }
    with prepared_cursor(values=len(lines)) as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount if lines[0].kind != "reassigned" else 0


def _write_moved(move: Moved, now: datetime) -> int:
    """Run one kind of change over the customers of a move; return how many were logged."""
    values: dict[str, Any] = {
        "segment": move.segment,
        "customer": list(move.customers),
        "version": move.version,
        "suppressed_by": move.suppressed_by,
        "cause_kind": move.cause.kind,
        "cause_id": move.cause.id,
        "cause_detail": move.cause.detail,
        "caused_at": move.cause.at,
        "silent": move.silent,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS_ALIKE[move.kind], values)
        return cursor.rowcount if move.kind != "reassigned" else 0


_FALSE_SINCE = """
UPDATE segmentation_membership m SET false_since = line.false_since
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS line(segment_id, customer_id, false_since)
WHERE m.segment_id = line.segment_id AND m.customer_id = line.customer_id
  AND m.false_since IS DISTINCT FROM line.false_since"""

_FORGET_LOOKS = """
DELETE FROM segmentation_duelook d USING unnest(%s::bigint[], %s::bigint[]) AS line(segment_id, customer_id)
WHERE d.segment_id = line.segment_id AND d.customer_id = line.customer_id"""

_SET_LOOKS = """
INSERT INTO segmentation_duelook (segment_id, customer_id, at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])
ON CONFLICT (segment_id, customer_id) DO UPDATE SET at = excluded.at
WHERE segmentation_duelook.at <> excluded.at"""


def _remember(waiting: Iterable[Waiting]) -> None:
    """Store since when rules are false, and the instants to look again; forget those that no longer matter."""
    lines = list(waiting)
    due = [line for line in lines if line.look_at]
    done = [line for line in lines if not line.look_at]
    with prepared_cursor(values=len(lines)) as cursor:
        cursor.execute(_FALSE_SINCE, [*_pairs(lines), [line.false_since for line in lines]])
        if done:
            cursor.execute(_FORGET_LOOKS, _pairs(done))
        if due:
            cursor.execute(_SET_LOOKS, [*_pairs(due), [line.look_at for line in due]])


def _pairs(lines: Sequence[Waiting]) -> list[list[int]]:
    return [[line.segment for line in lines], [line.customer for line in lines]]
