"""Ask DuckDB what Tideline was asked, hold the answers against each other, and say how long both took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from benchmarks.duck.export import THREADS, exported
from benchmarks.measures import percentiles
from benchmarks.portfolio import SEGMENTS
from segmentation.dependencies import segments_read
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse

if TYPE_CHECKING:
    import duckdb

FOLDER = Path(__file__).parent
# The file system's cache serves PostgreSQL beside its own buffers; DuckDB has no other than its own.
BUFFERS_TIMES = 2
NOT_DONE = (
    "DuckDB answers from a copy of the base as it was: it takes no events in, keeps nothing durable beside others who write, "
    "and knows of an event only after the next export, whose seconds are not in its milliseconds. Text was folded and "
    "properties unpacked into columns at loading."
)


class DifferentAnswerError(Exception):
    """DuckDB counts other members than Tideline: one of the two is wrong, and nothing was measured."""


@dataclass(frozen=True)
class Ours:
    """What Tideline found for one rule at one instant, and how long it took."""

    members: int
    milliseconds: float
    at: datetime


def beside(ours: Mapping[str, Ours], *, tries: int, keep: bool = False) -> dict[str, Any]:
    """The same rules, by their place in the portfolio, asked of DuckDB; the best of as many tries.

    DuckDB counts the members, or with `keep` stores their ids in a table of its memory. `ratios` are ours over DuckDB's;
    rules without SQL of their own are named and left out. Raises DifferentAnswerError where a count differs.
    """
    asked = {slug: one for slug, one in ours.items() if (FOLDER / f"{slug}.sql").exists()}
    times, counts = {}, {}
    with exported(read=_read(), memory=_buffers() * BUFFERS_TIMES) as found:
        for slug, one in asked.items():
            counts[slug], times[slug] = _ask(found.duck, slug, one.at, tries=tries, keep=keep)
        version = found.duck.execute("SELECT version()").fetchall()[0][0]
    _check(asked, counts)
    return {
        "duckdb": version,
        "threads": THREADS,
        "memory_mb": _buffers() * BUFFERS_TIMES >> 20,
        "compared": "members stored by Tideline, ids in a table of memory by DuckDB" if keep else _COUNTED,
        "not_done": NOT_DONE,
        "events": found.events,
        "export_seconds": found.seconds + found.segment_seconds,
        "without_sql": sorted(ours.keys() - asked.keys()),
        "milliseconds": times,
        **_ratios(asked, times),
    }


_COUNTED = "Tideline's whole preview (count, reach of each channel, a sample with reasons), DuckDB's count alone"


def _ratios(asked: Mapping[str, Ours], times: Mapping[str, float]) -> dict[str, Any]:
    ratios = {slug: round(one.milliseconds / times[slug], 2) for slug, one in asked.items()}
    both = sum(one.milliseconds for one in asked.values()), sum(times.values())
    return {"ratios": ratios, "ratio": percentiles(list(ratios.values())), "ratio_of_sums": round(both[0] / both[1], 2)}


def _ask(duck: duckdb.DuckDBPyConnection, slug: str, at: datetime, *, tries: int, keep: bool) -> tuple[int, float]:
    """How many DuckDB finds, and its best milliseconds, once what it reads is in memory."""
    question = (FOLDER / f"{slug}.sql").read_text(encoding="utf-8")
    counted = f"SELECT count(*) FROM ({question})"
    asked = f"CREATE OR REPLACE TEMP TABLE members AS ({question})" if keep else counted
    now = {"now": at.astimezone(UTC).replace(tzinfo=None)} if "$now" in question else {}
    members = duck.execute(counted, now).fetchall()[0][0]
    times = []
    for _ in range(tries):
        began = time.monotonic()
        duck.execute(asked, now).fetchall()
        times.append((time.monotonic() - began) * 1000)
    return members, round(min(times), 1)


def _check(asked: Mapping[str, Ours], counts: Mapping[str, int]) -> None:
    different = [f"{slug}: {one.members} by Tideline, {counts[slug]} by DuckDB" for slug, one in asked.items()]
    different = [
        said for said, (slug, one) in zip(different, asked.items(), strict=True) if counts[slug] != one.members
    ]
    if different:
        raise DifferentAnswerError("the answers differ: " + "; ".join(different))


def _read() -> set[str]:
    rules = [parse(document, catalogue=catalogue()) for document in SEGMENTS.values()]
    return {slug for rule in rules for _, slug in segments_read(rule)}


def _buffers() -> int:
    """The bytes of PostgreSQL's own buffers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::bigint * 8192 FROM pg_settings WHERE name = 'shared_buffers'")
        return int(cursor.fetchone()[0])
