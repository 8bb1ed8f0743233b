"""The connected base as a DuckDB file: kept beside the installation's other state, and made anew only where the base changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from segmentation.compiler.memberships import EMAIL_SHAPE

if TYPE_CHECKING:
    import duckdb

FOLDER = Path(__file__).parent
THREADS = 2

_NUMBERS, _TEXTS = ("price", "revenue", "cart_value"), ("category", "device", "ticket_id")


def _number(key: str, of: str) -> str:
    return f"CASE WHEN jsonb_typeof({of} -> '{key}') = 'number' THEN {of} ->> '{key}' END AS {key}"


def _text(key: str, of: str) -> str:
    """A text folded as the rule language folds it; by loading it so, no query has to."""
    return f"CASE WHEN jsonb_typeof({of} -> '{key}') = 'string' THEN lower({of} ->> '{key}' COLLATE pg_unicode_fast) END AS {key}"


def _events() -> str:
    texts = ", ".join(_text(key, "e.properties") for key in _TEXTS)
    numbers = ", ".join(_number(key, "e.properties") for key in _NUMBERS)
    zone = "coalesce(nullif(c.timezone, ''), nullif(s.timezone, ''), 'UTC')"
    return (
        f"SELECT e.id, e.customer_id, n.name, e.time AT TIME ZONE 'UTC' AS time, e.time AT TIME ZONE {zone} AS local_time, "
        f"{texts}, e.properties ->> 'coupon' AS coupon, e.properties ->> 'order_id' AS order_id, {numbers} FROM customers_event e "
        "JOIN customers_eventname n ON n.id = e.name_id LEFT JOIN customers_customer c ON c.id = e.customer_id "
        "LEFT JOIN customers_source s ON s.id = e.source_id"
    )


def _customers() -> str:
    texts = ", ".join(_text(key, "attributes") for key in ("gender", "country"))
    numbers = ", ".join(_number(key, "attributes") for key in ("age", "points", "loyalty_points", "next_tier_points"))
    birthday = "left(attributes ->> 'birthday', 10)"
    shaped = rf"{birthday} ~ '^\d{{4}}-\d\d-\d\d$' AND pg_input_is_valid({birthday}, 'date')"
    return (
        f"SELECT id, email, email ~ '{EMAIL_SHAPE}' AS email_is_valid, {texts}, "
        f"CASE WHEN {shaped} THEN {birthday} END AS birthday, {numbers} FROM customers_customer"
    )


_UTC = "AT TIME ZONE 'UTC'"
SELECTS = {
    "customers": _customers(),
    "consents": "SELECT customer_id, channel, state FROM customers_consent",
    "orders": f"SELECT id, customer_id, key, ordered_at {_UTC} AS ordered_at, revenue, cancelled_at {_UTC} AS cancelled_at "
    "FROM customers_order",
    "refunds": f"SELECT o.id AS order_id, (r ->> 'at')::timestamptz {_UTC} AS given_at, r ->> 'amount' AS amount "
    "FROM customers_order o, jsonb_array_elements(o.refunds) r WHERE o.refunds <> '[]'",
}
_READ = "JOIN segmentation_segment s ON s.id = m.segment_id WHERE s.slug = ANY (%(read)s)"
OF_SEGMENTS = {
    "memberships": f"SELECT s.slug AS segment, m.customer_id FROM segmentation_membership m {_READ}",
    "changes": f"SELECT s.slug AS segment, m.customer_id, m.kind, m.at {_UTC} AS changed_at FROM segmentation_membershipchange m {_READ}",
}


@dataclass(frozen=True)
class Exported:
    """The open file, and the seconds that it took to have everything in it; 0 for what was there already."""

    duck: duckdb.DuckDBPyConnection
    events: int
    seconds: float
    segment_seconds: float


@contextmanager
def exported(*, read: Iterable[str], memory: int) -> Iterator[Exported]:
    """The base in DuckDB, within `memory` bytes; `read` are the segments whose members the queries ask for."""
    import duckdb

    folder = Path(settings.VAR_DIR) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{Path(connection.settings_dict['NAME']).name}.duckdb"
    spilled = folder / "spilled"
    options: dict[str, Any] = {"threads": THREADS, "memory_limit": f"{memory}B", "temp_directory": str(spilled)}
    with duckdb.connect(str(file), config=options) as duck, TemporaryDirectory(dir=folder) as carried:
        carrier = _Carrier(duck, Path(carried) / "rows.csv")
        began = time.monotonic()
        carrier.bring_up_to_date()
        brought = time.monotonic()
        for table, select in OF_SEGMENTS.items():
            duck.execute(f"DELETE FROM {table}")
            carrier.carry(table, select, {"read": sorted(read)})
        yield Exported(duck, _one(duck, "SELECT count(*) FROM events"), round(brought - began, 1), _since(brought))


def _one(duck: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return duck.execute(sql).fetchall()[0][0]


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


class _Carrier:
    """Carries rows from PostgreSQL to a DuckDB file by way of one file of text."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, way: Path) -> None:
        self.duck, self.way = duck, way

    def bring_up_to_date(self) -> None:
        """Events that came since are added; where the old ones may have changed too, all are carried again."""
        stamp = _stamp()
        kept = self._kept_stamp()
        if kept == stamp:
            return
        same_past = kept is not None and kept[:PAST] == stamp[:PAST]
        if not same_past:
            self._begin_anew()
        self.duck.execute("DELETE FROM stamp")
        for table, select in SELECTS.items():
            self.duck.execute(f"DELETE FROM {table}")
            self.carry(table, select)
        self._carry_events(newest=_one(self.duck, "SELECT coalesce(max(id), 0) FROM events"))
        if _one(self.duck, "SELECT count(*) FROM events") != int(stamp[PAST] or 0):
            raise RuntimeError(
                "events were taken in or removed while they were exported; run it again on a base at rest"
            )
        self.duck.execute("INSERT INTO stamp VALUES ($stamp)", {"stamp": list(stamp)})
        self.duck.execute("CHECKPOINT")

    def carry(self, table: str, select: str, parameters: dict[str, Any] | None = None) -> None:
        """Everything that a query of PostgreSQL finds, into a table of these columns and maybe more."""
        copy = f"COPY ({select}) TO STDOUT (FORMAT csv, HEADER)"
        with connection.cursor() as cursor, cursor.copy(copy, parameters) as rows, self.way.open("wb") as file:
            for some in rows:
                file.write(some)
        types = dict(self.duck.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
        with self.way.open() as file:
            columns = file.readline().strip().split(",")
        read = "read_csv($way, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = $columns)"
        wanted = {"way": str(self.way), "columns": {column: types[column] for column in columns}}
        self.duck.execute(f"INSERT INTO {table} BY NAME FROM {read}", wanted)

    def _begin_anew(self) -> None:
        for (table,) in self.duck.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall():
            self.duck.execute(f"DROP TABLE {table}")
        self.duck.execute(_schema())
        self.duck.execute("CREATE TABLE stamp (parts VARCHAR[])")

    def _kept_stamp(self) -> list[str | None] | None:
        if not self.duck.execute("FROM duckdb_tables() WHERE table_name = 'stamp'").fetchall():
            return None
        kept = self.duck.execute("FROM stamp").fetchall()
        return kept[0][0] if kept else None

    def _carry_events(self, *, newest: int) -> None:
        """Month by month, so that no text of it all is ever on disk, and sorted in the end."""
        self.duck.execute("CREATE OR REPLACE TEMP TABLE loading AS FROM events LIMIT 0")
        for since, until in _months():
            select = f"{_events()} WHERE e.id > %(newest)s AND e.time >= %(since)s AND e.time < %(until)s"
            self.carry("loading", select, {"newest": newest, "since": since, "until": until})
        self.duck.execute("INSERT INTO events FROM loading ORDER BY name, time")
        self.duck.execute("DROP TABLE loading")


PAST = 3
_STAMP = """
SELECT (SELECT count(*) FROM customers_merge)::text, (SELECT min(created_at) FROM customers_customer)::text,
    (SELECT coalesce(sum(count), 0) FROM customers_eventtotal)::text, (SELECT count(*) FROM customers_customer)::text,
    (SELECT max(updated_at) FROM customers_customer)::text, (SELECT max(at) FROM customers_consent)::text,
    (SELECT count(*) FROM customers_order)::text"""


def _schema() -> str:
    return (FOLDER / "schema.sql").read_text(encoding="utf-8")


def _stamp() -> list[str | None]:
    """What tells one state of the base from another: `PAST` parts that stand while events are only added, then the rest."""
    laid_out = sha256(_schema().encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return [laid_out, *cursor.fetchone()]


def _months() -> Iterator[tuple[datetime, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m, m + interval '1 month' FROM generate_series((SELECT date_trunc('month', min(first_at)) FROM "
            "customers_eventtotal), (SELECT max(last_at) FROM customers_eventtotal), interval '1 month') AS months(m)"
        )
        yield from cursor.fetchall()
