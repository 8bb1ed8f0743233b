"""`python -m benchmarks.report`: the kept results as tables of Markdown; with `--write` into docs/benchmarks.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measures import RESULTS

Json = Mapping[str, Any]

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
MARK = "## Newest results\n"


@dataclass(frozen=True)
class Row:
    """One line of the table: what is measured, what it should come to, and how its result is said."""

    name: str
    measures: str
    target: str
    moonshot: str
    said: Callable[[Json], str]


def _milliseconds(found: Json) -> str:
    times = found["milliseconds"]
    return f"p50 {times['p50']:,} ms, p95 {times['p95']:,} ms, p99 {times['p99']:,} ms"


def _beside(found: Json) -> str:
    beside = found.get("beside")
    if beside is None:
        return ""
    ratio = beside["ratio"]
    return f"; {beside['ratio_of_sums']} × DuckDB (p50 {ratio['p50']}, p95 {ratio['p95']})"


def _preview(found: Json) -> str:
    times = found["milliseconds"]
    return f"p50 {times['p50']:,} ms, p95 {times['p95']:,} ms{_beside(found)}"


def _pages(found: Json) -> str:
    slow = f"; over what they may take: {', '.join(found['slow'])}" if found["slow"] else ""
    return f"{_milliseconds(found)}{slow}"


def _live_growth(found: Json) -> str:
    return ", ".join(
        f"{batch.replace('_', ' ')}: {cost.get('processor', cost['wall'])} ×" for batch, cost in found["ratio"].items()
    )


def _governance(found: Json) -> str:
    changes = found["changes"].values()
    tried, ratio = max(one["tried_ms"] for one in changes), max(one["ratio"] for one in changes)
    made = max(changes, key=lambda one: one["made_ms"])
    turned = made["suppressed"] + made["released"]
    return (
        f"tried in {tried:,} ms at most, {ratio} × one by one; made in {made['made_ms']:,} ms, {turned:,} memberships"
    )


ROWS = (
    Row("ingest", "events a second over HTTP", "5,000", "20,000", lambda found: f"{found['events_per_second']:,}"),
    Row("live", "event to membership", "p99 1 s at 500/s", "p99 500 ms", _milliseconds),
    Row("live-growth", "one event, 400 segments against 5", "1.3 ×", "flat", _live_growth),
    Row("sweep", "one sweep of the clock", "1 s", "200 ms", _milliseconds),
    Row("preview", "the twenty rules, each over everybody", "p95 1 s", "1 × DuckDB", _preview),
    Row("rebuild", "forty segments over everybody", "60 s", "1.5 × DuckDB", lambda f: f"{f['seconds']} s{_beside(f)}"),
    Row(
        "fill", "forty segments, everybody enters", "", "", lambda f: f"{f['seconds']} s, {f['memberships']:,} members"
    ),
    Row(
        "growth",
        "exponent of the cost in the events",
        "1.1",
        "1.0",
        lambda found: ", ".join(f"{name} {value}" for name, value in found["exponents"].items()),
    ),
    Row("overlap", "every pair of the live segments", "p95 1 s", "p95 100 ms", _milliseconds),
    Row("governance", "a change of who may speak, tried and made", "", "", _governance),
    Row("pages", "every page, as somebody signed in", "p95 200 ms", "p95 100 ms", _pages),
    Row("memory", "largest of web, workers and scheduler", "300 MB", "150 MB", lambda found: f"{found['largest']} MB"),
    Row("message", "letters a second to SMTP", "500", "5,000", lambda found: f"{found['letters_per_second']:,}"),
)


def report(results: Mapping[str, Json]) -> str:
    """Markdown: one line a benchmark, then the rules beside DuckDB. A benchmark without a result is left out."""
    lines = ["| benchmark | measures | target | moonshot | measured | on |", "|---|---|---|---|---|---|"]
    for row in ROWS:
        found = results.get(row.name) or results.get(row.name.replace("-", "_"))
        if found is not None:
            cells = (f"`{row.name}`", row.measures, row.target, row.moonshot, row.said(found), _where(found))
            lines.append(f"| {' | '.join(cells)} |")
    tables = [
        _beside_table(name, results[name]) for name in ("preview", "rebuild") if "beside" in results.get(name, {})
    ]
    return "\n\n".join(["\n".join(lines), *tables]) + "\n"


def _where(found: Json) -> str:
    """The base, where there was one, the day, and how busy the machine was."""
    base = found.get("base")
    size = f"{base['customers']:,} customers, {base['events']:,} events; " if base else ""
    return f"{size}{found['at'][:10]}, {found['machine']['cores']} cores, load {found['machine']['load']}"


def _beside_table(name: str, found: Json) -> str:
    beside = found["beside"]
    ours = found["rules" if name == "preview" else "segments"]
    head = (
        f"`{name}` beside DuckDB {beside['duckdb']} ({beside['compared']}; export {beside['export_seconds']} s apart):"
    )
    members = found["counts" if name == "preview" else "members"]
    rows = (
        f"| {slug} | {members[slug]:,} | {ours[slug]:,} | {beside['milliseconds'][slug]:,} | {ratio} |"
        for slug, ratio in beside["ratios"].items()
    )
    return "\n".join(
        [head, "", "| rule | members | Tideline, ms | DuckDB, ms | ratio |", "|---|---|---|---|---|", *rows]
    )


def kept() -> dict[str, Json]:
    """The results in benchmarks/results, by name."""
    files = {file.stem: file for file in sorted(RESULTS.glob("*.json"))}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items()}


def write() -> None:
    """Put the tables at the end of the page, in place of those that are there."""
    text, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(f"{text}{mark}\n{report(kept())}", encoding="utf-8")


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else print(report(kept()), end="")
