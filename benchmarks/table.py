"""The benchmarks by name, each with the number of tries that it takes when none is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import governance, growth, inside, live, outside, overlap, pages, plans
from benchmarks.live_growth import live_growth
from benchmarks.memory import memory

BENCHMARKS: dict[str, tuple[Callable[..., dict[str, Any]], int]] = {
    "costs": (growth.costs, 3),
    "fill": (inside.fill, 1),
    "governance": (governance.governance, 3),
    "growth": (growth.growth, 3),
    "ingest": (outside.ingest, 50),
    "live": (live.live, 15),
    "live-growth": (live_growth, 20),
    "memory": (memory, 20),
    "message": (outside.message, 1000),
    "overlap": (overlap.overlap, 10),
    "pages": (pages.pages, 5),
    "plans": (plans.plans, 1),
    "preview": (inside.preview, 3),
    "rebuild": (inside.rebuild, 3),
    "sweep": (inside.sweep, 10),
}

# Those that measure the base that is connected (or make one of their own beside it), and those that go from one base to the next.
ON_A_BASE = frozenset({"costs", "fill", "governance", "overlap", "pages", "plans", "preview", "rebuild", "sweep"})
ON_BASES = frozenset({"growth"})
# What others are made of, and nobody runs for itself.
PARTS = frozenset({"costs"})
