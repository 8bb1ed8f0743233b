"""Conditions on the same events are answered by one scan, and mean what each of them means alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from segmentation.compiler import select
from segmentation.compiler.surroundings import Surroundings
from segmentation.engines import postgres
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.parse import parse
from tests.compiler.world import put
from tests.reference import evaluator
from tests.reference.world import Customer, Event, World, with_lines

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPANS = (1, 7, 30)
WINDOWS: tuple[dict[str, Any], ...] = (
    *({"last": {"amount": days, "unit": "days"}} for days in SPANS),
    {"ever": True},
    {"from": {"amount": 7, "unit": "days"}, "to": {"amount": 1, "unit": "days"}},
)
MEASURES = (
    *({"aggregate": aggregate} for aggregate in ("count", "days_active")),
    *({"aggregate": aggregate, "property": "price"} for aggregate in ("sum", "avg", "min", "max", "distinct")),
    {"aggregate": "max", "property": "$hour"},
)
OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte", "is_set", "is_not_set")
PRICED = [{"property": "price", "operator": "gte", "value": 2}]


def asked(measure: dict[str, Any], operator: str, value: int, window: dict[str, Any], **more: Any) -> dict[str, Any]:
    number = {} if operator.endswith("_set") else {"value": value}
    return (
        {"type": "event", "event": "View", "measure": measure, "operator": operator, "window": window} | number | more
    )


def document(op: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "include": {"op": op, "conditions": list(conditions)}}


def _world(chance: Random) -> World:
    def event() -> Event:
        edge = timedelta(days=chance.choice((*SPANS, 60)))
        at = NOW - edge + timedelta(microseconds=chance.choice((-1, 0, 1)), hours=chance.choice((0, 0, 5)))
        return Event(chance.choice(("View", "View", "Cart")), at, {"price": chance.choice((1, 2, 3.5, "2", None))})

    people = [Customer(f"c{n}", events=with_lines(event() for _ in range(chance.randrange(7)))) for n in range(40)]
    return World(people)


def _rule(chance: Random) -> dict[str, Any]:
    def one() -> dict[str, Any]:
        where = {"where": PRICED} if chance.random() < 0.3 else {}
        operator, value = chance.choice(OPERATORS), chance.randrange(4)
        return asked(chance.choice(MEASURES), operator, value, chance.choice(WINDOWS), **where)

    inner = {"op": chance.choice(("all", "any", "none")), "conditions": [one() for _ in range(3)]}
    op = chance.choice(("all", "any", "none"))
    return document(op, *(one() for _ in range(chance.choice((2, 4)))), *([inner] if chance.random() < 0.5 else []))


@pytest.mark.django_db
def test_conditions_that_share_a_scan_have_the_members_of_the_reference() -> None:
    chance = Random(14)
    world = _world(chance)
    base = put(world)
    telling = 0
    for _ in range(200):
        rule = parse(_rule(chance), catalogue=world.catalogue)
        expected = evaluator.members(rule, now=NOW, world=world)
        telling += 0 < len(expected) < len(world.customers)
        for around in (base.surroundings(NOW), base.surroundings(NOW, totals=False)):
            assert base.names(postgres.ids(select.members(rule, around))) == expected, (rule, around.totals)
    assert telling > 40


DAY, WEEK, MONTH, EVER, BEFORE = WINDOWS
COUNT, DAYS, SUM, _, _, _, DISTINCT, HOUR = MEASURES


@pytest.mark.parametrize(
    ("scans", "conditions"),
    [
        (1, [asked(SUM, "gte", 2, WEEK), asked(DISTINCT, "lt", 3, WEEK), asked(COUNT, "gte", 2, WEEK)]),
        (1, [asked(COUNT, "gte", 2, DAY), asked(COUNT, "gte", 3, WEEK), asked(SUM, "gte", 3, MONTH)]),
        (1, [asked(COUNT, "gte", 2, DAY, where=PRICED), asked(SUM, "gte", 3, MONTH, where=PRICED)]),
        (1, [asked(SUM, "gte", 2, EVER), asked(DISTINCT, "gte", 3, EVER)]),
        (2, [asked(SUM, "gte", 2, DAY), asked(COUNT, "gte", 3, MONTH)]),
        (2, [asked(DAYS, "gte", 2, DAY), asked(COUNT, "gte", 3, MONTH)]),
        (2, [asked(HOUR, "gte", 2, DAY), asked(SUM, "gte", 3, MONTH)]),
        (2, [asked(COUNT, "gte", 2, WEEK), asked(COUNT, "gte", 1, BEFORE)]),
        (2, [asked(COUNT, "gte", 2, WEEK), asked(COUNT, "gte", 3, WEEK, where=PRICED)]),
        (1, [asked(COUNT, "gte", 2, EVER), asked(SUM, "gte", 3, EVER)]),
    ],
)
def test_a_scan_is_shared_where_nothing_is_read_for_it_that_would_not_be_read(
    scans: int, conditions: list[dict[str, Any]]
) -> None:
    for asked_in in (conditions, conditions[::-1]):
        rule = parse(document("any", *asked_in), catalogue=Catalogue())
        sql = select.members(rule, Surroundings(now=NOW, event_ids={"View": 1})).sql
        assert sql.count("customers_event AS e") + sql.count("customers_event AS happened") == scans, sql
