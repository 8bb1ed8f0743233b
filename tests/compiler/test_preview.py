"""How large a rule is: the numbers of a preview, its sample and its funnel; and a rule whose segment is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from segmentation.compiler import select
from segmentation.compiler.surroundings import UncompilableError
from segmentation.engines import postgres
from segmentation.engines.statistics import KEPT, note_run
from segmentation.models import EngineRun, Segment
from segmentation.models.segment import Status
from segmentation.preview import preview
from segmentation.queries.surroundings import surroundings
from tests.compiler.test_explain import counted, rule_of
from tests.compiler.world import EPOCH, put
from tests.reference.world import Customer, Event, World, with_lines

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shoppers() -> World:
    """Six customers: the first has six points, the last one; those with an even number viewed something."""
    views = with_lines([Event("View", NOW - timedelta(hours=1), {"category": "Shoes"})])
    return World(
        [
            Customer(
                f"c{number}",
                {"points": 6 - number, "first_name": f"Ada {number}"},
                views if number % 2 == 0 else (),
                user_id=f"u{number}",
                email=f"c{number}@example.com",
                last_seen_at=NOW - timedelta(days=number),
                consents={"email": "subscribed" if number < 3 else "unsubscribed"},
            )
            for number in range(6)
        ]
    )


RULE = rule_of(counted("View", "gte", 1), {"type": "attribute", "key": "points", "operator": "gte", "value": 4})


def test_a_preview_counts_exactly_and_says_whom_a_channel_reaches() -> None:
    put(shoppers())
    found = preview(rule=RULE, now=NOW)
    assert (found.count, found.total, found.at) == (2, 6, NOW)
    assert found.reach == {"email": 2, "sms": 0}
    assert [(step["pointer"], step["count"]) for step in found.funnel] == [
        ("/include/conditions/0", 3),
        ("/include/conditions/1", 2),
    ]


def test_the_sample_holds_who_was_seen_last_with_the_values_that_qualified_them() -> None:
    base = put(shoppers())
    found = preview(rule=RULE, now=NOW, sample=1, funnel=False)
    (one,) = found.sample
    assert (one["id"], one["user_id"], one["name"]) == (base.customers["c0"], "u0", "Ada 0")
    assert [(reason["pointer"], reason["value"]) for reason in one["why"]] == [
        ("/include/conditions/0", 1),
        ("/include/conditions/1", 6),
    ]
    assert found.funnel == []


def test_an_unknown_event_is_a_warning_and_nobody() -> None:
    put(shoppers())
    found = preview(rule=rule_of(counted("Viwe", "gte", 1)), now=NOW)
    assert (found.count, found.sample) == (0, [])
    assert any("Viwe" in warning for warning in found.warnings)


def test_a_rule_that_reads_an_archived_segment_stops_and_never_widens() -> None:
    Segment.objects.create(slug="gone", name="Gone", status=Status.ARCHIVED, created_at=EPOCH, updated_at=EPOCH)
    rule = rule_of(exclude=[{"type": "segment", "segment": "gone", "state": "in"}])
    with pytest.raises(UncompilableError, match="gone"):
        select.members(rule, surroundings([rule], now=NOW, stored_thresholds=False))


def test_a_live_percentile_without_a_stored_threshold_stops() -> None:
    rule = rule_of({"type": "percentile", "key": "points", "side": "top", "percent": 50})
    with pytest.raises(UncompilableError, match="not computed"):
        select.members(rule, surroundings([rule], now=NOW, stored_thresholds=True))


def test_hundreds_of_conditions_are_asked_in_several_statements() -> None:
    base = put(shoppers())
    values = [Decimal(number) / 100 for number in range(600)]
    rules = {
        number: rule_of({"type": "attribute", "key": "points", "operator": "gte", "value": float(value)})
        for number, value in enumerate(values)
    }
    assert len(select.portions(rules)) == 2
    found = postgres.matches(rules, base.surroundings(NOW), list(base.customers.values()))
    assert [len(found[number]) for number in (0, 100, 101, 599)] == [6, 6, 5, 1]


def test_of_the_runs_over_a_segment_the_last_twenty_are_kept() -> None:
    segment = Segment.objects.create(slug="s", name="S", created_at=EPOCH, updated_at=EPOCH)
    for number in range(KEPT + 3):
        note_run(segment=segment.pk, kind="batch", at=NOW, rows=number, milliseconds=1.0)
    note_run(segment=segment.pk, kind="rebuild", at=NOW, rows=0, milliseconds=1.0)
    kept = EngineRun.objects.filter(segment=segment, kind="batch").values_list("rows", flat=True)
    assert sorted(kept) == list(range(3, KEPT + 3))
