"""Everybody's newest event found by the totals, and events of all time looked up where the rest of a rule leaves few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segmentation.compiler import scopes, select
from segmentation.engines import postgres
from segmentation.rules.nodes import Rule
from tests.compiler.test_explain import counted, rule_of
from tests.compiler.world import put
from tests.reference import evaluator
from tests.reference.world import Customer, Event, World, with_lines

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLAND = {"type": "attribute", "key": "country", "operator": "is", "value": "PL"}


@pytest.fixture(params=[0, 10_000])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Up to how many customers are looked up one by one: with 0 everybody's events are scanned."""
    monkeypatch.setattr(scopes, "FEW", request.param)
    select._members.cache_clear()
    yield request.param
    select._members.cache_clear()


def viewed(days: float, device: str, received: int = 0) -> Event:
    return Event("View", NOW - timedelta(days=days), {"device": device, "price": 10 * received}, received=received)


def visitors(*histories: list[Event]) -> World:
    people = enumerate(histories)
    return World([Customer(f"c{n}", {"country": "PL" if n % 3 else "DE"}, with_lines(events)) for n, events in people])


def the_members_are_those_of_the_reference(world: World, *rules: Rule) -> list[set[str]]:
    base = put(world)
    answers = [base.names(set(postgres.ids(select.members(rule, base.surroundings(NOW))))) for rule in rules]
    assert answers == [evaluator.members(rule, now=NOW, world=world) for rule in rules]
    return answers


def latest(**more: Any) -> dict[str, Any]:
    condition = {"type": "latest", "event": "View", "which": "last", "property": "device", "window": {"ever": True}}
    return {**condition, "operator": "is", "value": "mobile", **more}


HISTORIES = (
    [viewed(1, "mobile")],
    [viewed(1, "desktop"), viewed(2, "mobile", 1)],
    # Two at one instant: the one received last is the newest.
    [viewed(45, "desktop", 1), viewed(45, "mobile", 2)],
    [viewed(45, "mobile", 1), viewed(45, "desktop", 2)],
    # Now, a month ago, and long before anything else.
    [viewed(30, "mobile")],
    [viewed(0, "mobile")],
    [viewed(5000, "mobile")],
    [viewed(719, "desktop"), viewed(721, "mobile", 1)],
    # One that lies ahead of now does not count yet: the one before does.
    [viewed(-1, "desktop", 2), viewed(400, "mobile", 1), viewed(401, "desktop")],
    [viewed(-40, "mobile", 1), viewed(-0.001, "mobile")],
    [],
)


@pytest.mark.parametrize("more", [{}, {"which": "first"}, {"operator": "is_not"}])
def test_the_newest_event_of_everybody_is_found_wherever_it_lies(more: dict[str, Any]) -> None:
    rules = rule_of(latest(**more)), rule_of(POLAND, latest(**more))
    assert all(the_members_are_those_of_the_reference(visitors(*HISTORIES), *rules))


@pytest.mark.parametrize(
    ("operator", "price"), [("lt", 15), ("gte", 15), ("not_between", [1, 2]), ("is_not_set", None)]
)
def test_a_measure_of_all_time_is_the_same_looked_up_and_scanned(few: int, operator: str, price: Any) -> None:
    ever = {
        "type": "event",
        "event": "View",
        "measure": {"aggregate": "avg", "property": "price"},
        "operator": operator,
    }
    ever |= {"window": {"ever": True}} | ({} if price is None else {"value": price})
    recent = counted("View", "lte", 1, window={"last": {"amount": 60, "unit": "days"}})
    the_members_are_those_of_the_reference(visitors(*HISTORIES), rule_of(POLAND, recent, ever))


def test_a_count_with_a_property_is_the_same_looked_up_and_scanned(few: int) -> None:
    phone = [{"property": "device", "operator": "is", "value": "mobile"}]
    recent = counted("View", "lte", 1, window={"last": {"amount": 60, "unit": "days"}})
    evers = [counted("View", operator, 1, where=phone, window={"ever": True}) for operator in ("gte", "lt")]
    rules = [rule_of(recent, ever, exclude=[latest()]) for ever in evers]
    assert any(the_members_are_those_of_the_reference(visitors(*HISTORIES), *rules))
