"""The benchmarks by name, each with the number of tries that it takes when none is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import inside, outside

BENCHMARKS: dict[str, tuple[Callable[..., dict[str, Any]], int]] = {
    "ingest": (outside.ingest, 50),
    "live": (outside.live, 200),
    "message": (outside.message, 1000),
    "preview": (inside.preview, 3),
    "rebuild": (inside.rebuild, 1),
    "sweep": (inside.sweep, 10),
}
