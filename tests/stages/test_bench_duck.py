"""DuckDB, asked by hand-written SQL, counts the same members as Tideline for every rule of the benchmarks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import base, portfolio
from benchmarks.duck import DifferentAnswerError, Ours, beside
from customers.models import Customer
from segmentation.preview import preview
from segmentation.publish import publish
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse
from segmentation.save import create
from segmentation.work import run
from tests.stages.shop import NOON, source, track

pytestmark = pytest.mark.django_db


def test_duckdb_counts_the_same_and_a_difference_is_no_result(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path
    plan = base.Plan(customers=200, events=12_000, seed=7, now=NOON)
    base.load(plan, source=source(), say=lambda share, said: None)
    for slug in ("open-ticket", "vip-retention", "at-risk"):
        segment = create(name=slug, slug=slug, rule=portfolio.SEGMENTS[slug], by=None, now=NOON)
        run(job=publish(segment=segment, by=None, now=NOON), now=NOON)
    ours = _asked(list(portfolio.SEGMENTS))
    first = beside(ours, tries=1)
    assert first["without_sql"] == []
    assert set(first["ratios"]) == set(portfolio.SEGMENTS)
    assert first["events"] == 12_000
    assert sum(1 for one in ours.values() if one.members) > len(portfolio.SEGMENTS) // 2

    user = Customer.objects.order_by("pk")[0].user_id
    for _ in range(3):
        track(user, "Product Viewed", NOON, category="ACTIVEWEAR")
    later = _asked(["01-activewear-browsers-not-buying", "03-vip", "at-risk"], NOON + timedelta(hours=1))
    assert beside(later, tries=1, keep=True)["events"] == 12_003

    wrong = {"03-vip": replace(later["03-vip"], members=later["03-vip"].members + 1)}
    with pytest.raises(DifferentAnswerError, match="03-vip"):
        beside(wrong, tries=1)


def _asked(slugs: list[str], now: datetime = NOON) -> dict[str, Ours]:
    rules = {slug: parse(portfolio.SEGMENTS[slug], catalogue=catalogue()) for slug in slugs}
    found = {slug: preview(rule=rule, now=now, sample=0, funnel=False) for slug, rule in rules.items()}
    return {slug: Ours(one.count, max(one.elapsed_ms, 0.1), now) for slug, one in found.items()}
