"""Benchmarks that change a base run on none that is somebody's, and growth is a slope."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from benchmarks import __main__ as bench
from benchmarks.growth import exponent
from benchmarks.loaded import check_loaded
from benchmarks.table import BENCHMARKS, ON_A_BASE, ON_BASES, PARTS
from customers.models import Customer, Source
from segmentation.models import Segment
from tests.stages.shop import NOON, identify


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ON_A_BASE))
def test_nothing_is_published_on_somebodys_base(name: str) -> None:
    with pytest.raises(CommandError, match="no customers"):
        call_command("benchmark", name, "--print-only")
    identify("ada", NOON)
    Source.objects.create(slug="bench", name="Benchmark", created_at=NOON)
    with pytest.raises(CommandError, match="somebody's installation"):
        call_command("benchmark", name, "--print-only")
    assert not Segment.objects.exists()


@pytest.mark.django_db
def test_a_base_that_load_bench_made_is_known_by_its_first_customer() -> None:
    Source.objects.create(slug="bench", name="Benchmark", created_at=NOON)
    first = Customer.objects.create(updated_at=NOON)
    Customer.objects.filter(pk=first.pk).update(user_id=f"u-{first.pk}", email=f"u{first.pk}@example.com")
    identify("ada", NOON)
    check_loaded()


def _ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str]]:
    """What `make bench` would run: the name, what follows it, and the base of it."""
    ran = []

    def run(command: list[str], *, env: dict[str, str], **_: Any) -> SimpleNamespace:
        ran.append((command[3], command[4:], env.get("DATABASE_URL", "")))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("benchmarks.__main__.subprocess.run", run)
    assert bench.main([]) == 0
    return ran


def test_without_a_named_base_those_that_need_one_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody")
    for name in ("BENCH_DATABASE_URL", "BENCH_BASES"):
        monkeypatch.delenv(name, raising=False)
    assert {name for name, _, _ in _ran(monkeypatch)} == BENCHMARKS.keys() - ON_A_BASE - ON_BASES
    said = capsys.readouterr().err
    assert all(f"{name}: left out" in said for name in (ON_A_BASE | ON_BASES) - PARTS)


def test_named_bases_are_measured_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody")
    monkeypatch.setenv("BENCH_DATABASE_URL", "postgres://bench")
    monkeypatch.setenv("BENCH_BASES", "postgres://small postgres://large")
    ran = _ran(monkeypatch)
    assert {name for name, _, _ in ran} == BENCHMARKS.keys() - PARTS
    assert {url for name, _, url in ran if name in ON_A_BASE} == {"postgres://bench"}
    assert [more for name, more, _ in ran if name in ON_BASES] == [
        ["--base=postgres://small", "--base=postgres://large"]
    ]


def test_the_exponent_is_one_where_twice_as_much_costs_twice() -> None:
    assert exponent([1, 2, 4], [30, 60, 120]) == 1.0
    assert exponent([1, 5, 10], [2, 50, 200]) == 2.0
    assert exponent([1, 10], [7, 7]) == 0.0
    with pytest.raises(CommandError, match="two or more"):
        call_command("benchmark", "growth", "--base", "postgres://one", "--print-only")
