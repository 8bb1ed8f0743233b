"""`make bench`: every benchmark, each printing one JSON line and leaving it in benchmarks/results/.

Those that measure a base publish segments on it, so they run only on bases that `load_bench` made and that are named:
BENCH_DATABASE_URL for one, BENCH_BASES (URLs with spaces between them) for those of several sizes. The others start
servers of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).parent.parent


def main(names: Sequence[str]) -> int:
    """Run the named ones, or all; the number of those that failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from benchmarks.table import BENCHMARKS, ON_A_BASE, ON_BASES, PARTS

    base, bases = os.environ.get("BENCH_DATABASE_URL", ""), os.environ.get("BENCH_BASES", "").split()
    failed = 0
    for name in names or [name for name in BENCHMARKS if name not in PARTS]:
        if name in ON_A_BASE and not base:
            _say(f"{name}: left out, it measures a base. Give the URL of one that load_bench made: BENCH_DATABASE_URL.")
        elif name in ON_BASES and len(bases) < 2:
            _say(f"{name}: left out, it compares bases of several sizes. Give their URLs: BENCH_BASES.")
        else:
            failed += _run(name, base if name in ON_A_BASE else "", bases if name in ON_BASES else [])
    return failed


def _run(name: str, base: str, bases: Sequence[str]) -> bool:
    """One benchmark in a process of its own; whether it failed."""
    command = [sys.executable, "manage.py", "benchmark", name, *(f"--base={url}" for url in bases)]
    environment = {**os.environ, **({"DATABASE_URL": base} if base else {})}
    failed = bool(subprocess.run(command, cwd=HOME, env=environment).returncode)
    if failed:
        _say(f"{name}: failed.")
    return failed


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
