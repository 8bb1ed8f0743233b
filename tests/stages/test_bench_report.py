"""The tables of the benchmarks' results: each has its line, and what was asked of DuckDB its ratio."""

from __future__ import annotations

from benchmarks.report import kept, report

PREVIEW = {
    "at": "2026-05-01T12:00:00+00:00",
    "milliseconds": {"p50": 120.0, "p95": 800.0, "p99": 900.0, "max": 900.0, "tries": 2},
    "rules": {"03-vip": 80.5, "07-inactive": 800.0},
    "counts": {"03-vip": 1722, "07-inactive": 9},
    "beside": {
        "duckdb": "v1.4",
        "compared": "counts",
        "export_seconds": 60.5,
        "milliseconds": {"03-vip": 40.2, "07-inactive": 1000.0},
        "ratios": {"03-vip": 2.0, "07-inactive": 0.8},
        "ratio": {"p50": 0.8, "p95": 2.0, "p99": 2.0, "max": 2.0, "tries": 2},
        "ratio_of_sums": 0.85,
    },
    "base": {"customers": 500000, "events": 20000000},
    "machine": {"cores": 2, "load": 0.5},
}


def test_a_result_is_a_line_and_its_rules_stand_beside_duckdb() -> None:
    said = report({"preview": PREVIEW})
    assert "p50 120.0 ms, p95 800.0 ms; 0.85 × DuckDB (p50 0.8, p95 2.0)" in said
    assert "500,000 customers, 20,000,000 events; 2026-05-01, 2 cores, load 0.5" in said
    assert "| 03-vip | 1,722 | 80.5 | 40.2 | 2.0 |" in said
    assert "ingest" not in said


def test_the_kept_results_can_all_be_said() -> None:
    results = kept()
    lines = report(results).splitlines()
    assert results
    assert sum(line.startswith("| `") for line in lines) <= len(results)
