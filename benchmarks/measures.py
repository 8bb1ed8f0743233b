"""What every benchmark says: its numbers, and on what machine and how much data they were measured."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("django", "celery", "psycopg", "sqlglot")


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 by the nearest rank, the largest, and how many there were."""
    ordered = sorted(milliseconds)
    ranks = {f"p{share}": ordered[max(0, -(-len(ordered) * share // 100) - 1)] for share in (50, 95, 99)}
    return {name: round(value, 1) for name, value in {**ranks, "max": ordered[-1]}.items()} | {"tries": len(ordered)}


def machine() -> dict[str, Any]:
    """Where this was measured; the load says how much else the machine did."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def base() -> dict[str, Any]:
    """How much data the connected base holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM customers_customer), (SELECT coalesce(sum(count), 0) FROM customers_eventtotal), "
            "(SELECT count(*) FROM segmentation_segment WHERE status = 'live'), current_setting('server_version')"
        )
        customers, events, segments, server = cursor.fetchone()
    return {"customers": customers, "events": int(events), "live_segments": segments, "postgresql": server}


def line(name: str, result: dict[str, Any], *, at: datetime) -> str:
    """A result as one line of JSON, with where and when it was measured."""
    return json.dumps(_whole(name, result, at))


def keep(name: str, result: dict[str, Any], *, at: datetime) -> str:
    """Write a result beside the others and return it as one line of JSON."""
    whole = _whole(name, result, at)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=2) + "\n")
    return json.dumps(whole)


def _whole(name: str, result: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"benchmark": name, "at": at.isoformat(), **result, "machine": machine()}
