"""How the cost of asking about everybody grows with the base: the same on bases of several sizes, and the exponent."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import inside
from benchmarks.loaded import WrongBaseError

HOME = Path(__file__).parent.parent
MEASURES = ("preview", "rebuild", "sweep")


def costs(*, tries: int) -> dict[str, Any]:
    """Milliseconds on the connected base: the twenty previews together, rebuilds of the forty segments together, and the
    median sweep of the clock."""
    previews = {slug: one.milliseconds for slug, one in inside.previewed(tries=tries).items()}
    rebuilds = {slug: one.milliseconds for slug, one in inside.rebuilt(tries=tries).items()}
    swept = inside.sweep(tries=max(tries, 10))
    return {
        "preview": round(sum(previews.values()), 1),
        "rebuild": round(sum(rebuilds.values()), 1),
        "sweep": swept["milliseconds"]["p50"],
        "previews": previews,
        "rebuilds": rebuilds,
        "base": swept["base"],
    }


def growth(*, tries: int, bases: Sequence[str]) -> dict[str, Any]:
    """The costs on each of the bases (URLs of databases), and the exponent of each cost in the number of events."""
    if len(bases) < 2:
        raise WrongBaseError("This compares bases of different sizes: give two or more, --base URL --base URL.")
    found = sorted((_costs_of(url, tries) for url in bases), key=lambda one: int(one["base"]["events"]))
    sizes = [one["base"]["events"] for one in found]
    return {
        "exponents": {name: exponent(sizes, [one[name] for one in found]) for name in MEASURES},
        "steepest": {name: _steepest(sizes, [one[name] for one in found]) for name in ("previews", "rebuilds")},
        "bases": found,
    }


def _costs_of(url: str, tries: int) -> dict[str, Any]:
    """Measured in a process of its own, so that nothing that was kept of one base serves another."""
    command = [sys.executable, "manage.py", "benchmark", "costs", "--tries", str(tries), "--print-only"]
    done = subprocess.run(command, cwd=HOME, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"the costs on {url.partition('?')[0].rpartition('/')[2]} were not measured")
    measured: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: measured[name] for name in (*MEASURES, "previews", "rebuilds", "base")}


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of the straight line through the logarithms, by least squares: 1 where twice as much costs twice."""
    across, up = [math.log(size) for size in sizes], [math.log(max(value, 0.1)) for value in values]
    middle, height = sum(across) / len(across), sum(up) / len(up)
    slope = sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True))
    return round(slope / sum((x - middle) ** 2 for x in across), 2)


def _steepest(sizes: Sequence[float], measured: Sequence[Mapping[str, float]], many: int = 5) -> dict[str, float]:
    """The rules that grow the most among those that cost something, with their exponents."""
    slopes = {
        slug: exponent(sizes, [one[slug] for one in measured]) for slug in measured[-1] if measured[-1][slug] >= 50
    }
    return dict(sorted(slopes.items(), key=lambda one: -one[1])[:many])
