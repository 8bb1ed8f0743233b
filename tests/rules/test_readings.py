"""What is said of a rule besides its members: hints, what it reads, the table of operators, values as dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.check import warnings
from segmentation.rules.dependencies import dependencies
from segmentation.rules.describe import phrase
from segmentation.rules.instants import instant_of, instant_text
from segmentation.rules.nodes import Group, Rule, ValueType
from segmentation.rules.operators import OPERATORS, builder_table
from segmentation.rules.parse import parse
from segmentation.rules.rewrite import merge_windows, rewrite
from segmentation.rules.write import to_document
from tests.reference.values import as_instant

COUNT = {"type": "event", "event": "View", "measure": {"aggregate": "count"}, "operator": "gte", "value": 1}
VIP = {"type": "segment", "segment": "vip", "state": "in"}
PL = {"type": "attribute", "key": "country", "operator": "is", "value": "PL"}
NOT_PL = PL | {"operator": "is_not"}


def group(op: str, *conditions: Any) -> dict[str, Any]:
    return {"op": op, "conditions": list(conditions)}


def trait(key: str, operator: str, *value: Any) -> dict[str, Any]:
    return {"type": "attribute", "key": key, "operator": operator, **({"value": value[0]} if value else {})}


def rule_of(include: Any, exclude: Any = None) -> Rule:
    return parse({"version": 1, "include": include, "exclude": exclude}, catalogue=Catalogue())


def hints(include: Any, exclude: Any = None, **known: Any) -> list[tuple[str, str]]:
    found = warnings(rule_of(include, exclude), Catalogue(**known))
    return [(hint.pointer, hint.code) for hint in found]


SECOND = "/include/conditions/1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PL, NOT_PL),
        (PL, PL | {"value": ["DE", "FR"]}),
        (trait("points", "gt", 5), trait("points", "lte", 5)),
        (trait("points", "between", [1, 2]), trait("points", "eq", 3)),
        (trait("points", "is_set"), trait("points", "is_not_set")),
        (trait("x", "gt", 5), trait("x", "before", "2026-01-01")),
        (trait("created_at", "before", "2026-01-01"), trait("created_at", "after", "2026-01-01")),
        (trait("points", "gte", 5), group("all", trait("points", "lt", 5))),
        (COUNT, COUNT | {"operator": "eq", "value": 0}),
        (group("any", PL, COUNT), group("none", PL, COUNT)),
    ],
)
def test_conditions_that_are_never_true_together_are_pointed_out(one: Any, other: Any) -> None:
    (found,) = hints(group("all", one, other))
    assert found[0].startswith(SECOND) and found[1] == "contradiction"
    assert hints(group("any", one, other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PL, PL | {"value": ["pl", "FR"]}),
        (trait("points", "gte", 5), trait("points", "lte", 5)),
        (trait("points", "gt", 5), trait("other", "lt", 5)),
        (COUNT, COUNT | {"window": {"last": {"amount": 1, "unit": "hours"}}, "operator": "eq", "value": 0}),
    ],
)
def test_conditions_that_can_be_true_together_are_left_alone(one: Any, other: Any) -> None:
    assert hints(group("all", one, other)) == []


def test_what_is_included_and_excluded_what_is_said_twice_and_what_is_empty_are_pointed_out() -> None:
    assert hints(group("all", PL, COUNT), group("any", VIP, COUNT)) == [("/exclude/conditions/1", "contradiction")]
    assert hints(group("all", PL), group("all", PL, COUNT)) == []
    assert hints(group("all", PL), group("all")) == [("/exclude", "never")]
    assert hints(group("any", PL, COUNT, PL)) == [("/include/conditions/2", "duplicate")]
    assert hints(group("all")) == [("/include", "empty")]
    assert hints(group("all", group("any"))) == [("/include/conditions/0", "empty")]
    assert hints(group("all", COUNT | {"operator": "lt", "value": 0})) == [("/include/conditions/0", "never")]


def test_unknown_names_are_pointed_out_where_names_are_known() -> None:
    where = COUNT | {
        "where": [{"property": "colour", "operator": "is_set"}, {"property": "$hour", "operator": "is_set"}]
    }
    first = "/include/conditions/0"
    assert hints(group("all", where)) == []
    assert hints(group("all", where), events=frozenset({"view"})) == [(first, "unknown_event")]
    known = {"events": frozenset({"View"}), "properties": {"View": frozenset({"category"})}}
    assert hints(group("all", where), **known) == [(first, "unknown_property")]
    assert hints(group("all", VIP), segments={"vip": "paused"}) == [(first, "segment_not_live")]
    learnt = {"points": ValueType.TEXT}
    assert hints(group("all", trait("points", "gt", 5)), learnt=learnt) == [(first, "other_type")]
    assert hints(group("all", trait("points", "is_set")), learnt=learnt) == []


def test_a_window_shorter_than_the_sweep_is_pointed_out() -> None:
    rule = rule_of(group("all", COUNT | {"window": {"last": {"amount": 1, "unit": "minutes"}}}))
    assert warnings(rule, Catalogue()) == []
    (hint,) = warnings(rule, Catalogue(), sweep_period=timedelta(minutes=5))
    assert hint.as_dict()["code"] == "short_window"


DELIVERED = {"property": "$hour", "operator": "gte", "value": 18}
READS: list[tuple[Any, set[str]]] = [
    (COUNT, {"event:View"}),
    (COUNT | {"event": ["A", "B"]}, {"event:A", "event:B"}),
    (COUNT | {"event": "*"}, {"event:*"}),
    (COUNT | {"where": [DELIVERED]}, {"event:View", "attribute:timezone"}),
    (COUNT | {"measure": {"aggregate": "max", "property": "$weekday"}}, {"event:View", "attribute:timezone"}),
    (PL, {"attribute:country"}),
    (trait("age", "gt", 18), {"attribute:age", "attribute:birthday"}),
    (trait("known", "is_true"), {"attribute:known", "attribute:user_id", "attribute:email", "attribute:phone"}),
    (
        {"type": "percentile", "key": "total_revenue", "side": "top", "percent": 5},
        {"attribute:total_revenue", "event:Order Completed", "event:Order Refunded", "event:Order Cancelled"},
    ),
    (VIP, {"segment:vip"}),
    ({"type": "consent", "channel": "email", "operator": "is", "value": "never"}, {"consent:email"}),
    ({"type": "consent", "channel": "sms", "operator": "not_reachable"}, {"consent:sms", "attribute:phone"}),
    (
        {
            "type": "sequence",
            "first": {"event": "A"},
            "then": {"event": "B"},
            "within": {"amount": 1, "unit": "hours"},
            "same": ["$hour"],
        },
        {"event:A", "event:B", "attribute:timezone"},
    ),
    (
        {
            "type": "compare",
            "left": {"attribute": "points"},
            "operator": "gt",
            "right": {"event": "View", "measure": {"aggregate": "count"}},
        },
        {"attribute:points", "event:View"},
    ),
]


@pytest.mark.parametrize(("condition", "expected"), READS, ids=range(len(READS)))
def test_a_condition_reads_these_keys(condition: Any, expected: set[str]) -> None:
    assert dependencies(rule_of(group("all"), group("any", condition))) == expected


def test_the_builder_is_offered_every_operator_with_what_it_takes() -> None:
    table = builder_table()
    assert {"type": "text", "operator": "is", "label": "is", "operand": "texts", "twin": "is_not"} in table
    assert {"type": "date", "operator": "before", "label": "is before", "operand": "instant", "twin": None} in table
    offered = {(row["type"], row["operator"]) for row in table}
    assert offered >= {(type_.value, name) for type_, name in OPERATORS}
    assert all((type_.value, "is_set") in offered for type_ in ValueType)


def test_rewriting_makes_a_rule_shorter() -> None:
    asked = group("all", group("all", COUNT, PL), PL, group("none", NOT_PL), COUNT | {"operator": "gte", "value": 0})
    assert to_document(rewrite(rule_of(asked)))["include"]["conditions"] == [
        PL,
        COUNT | {"window": {"ever": True}},
    ]
    assert rewrite(rule_of(group("any", PL, NOT_PL))) == rule_of(group("all"))
    assert rewrite(rule_of(group("all", PL, COUNT | {"operator": "lt", "value": 0}))) == rule_of(group("any"))


WEEK, MONTH = ({"last": {"amount": days, "unit": "days"}} for days in (7, 30))
OLD = {"from": {"amount": 30, "unit": "days"}, "to": {"amount": 7, "unit": "days"}}


@pytest.mark.parametrize(
    ("op", "asked", "left"),
    [
        ("all", [(3, "gte", WEEK), (1, "gte", MONTH)], [0]),
        ("any", [(3, "gte", WEEK), (1, "gte", MONTH)], [1]),
        ("none", [(3, "gte", WEEK), (1, "gte", MONTH)], [1]),
        ("all", [(3, "lt", WEEK), (2, "lte", MONTH), (2, "gt", OLD)], [1, 2]),
        ("all", [(3, "gte", WEEK), (3, "gt", MONTH)], [0, 1]),
        ("all", [(3, "gte", WEEK), (3, "gte", OLD), (3, "gte", {"ever": True})], [0, 1]),
        ("all", [(3, "gte", OLD), (3, "gte", MONTH)], [0]),
        ("all", [(3, "gte", {"last": {"amount": 168, "unit": "hours"}}), (3, "gte", WEEK)], [1]),
        ("all", [(3, "eq", WEEK), (1, "gte", MONTH)], [0, 1]),
    ],
)
def test_a_count_that_follows_from_another_is_not_asked(op: str, asked: list[Any], left: list[int]) -> None:
    counts = [COUNT | {"operator": operator, "value": value, "window": window} for value, operator, window in asked]
    expected = Group(op, tuple(rule_of(group("all", counts[place])).include.conditions[0] for place in left))
    assert merge_windows(rule_of(group(op, *counts)).include) == expected
    sums = [count | {"measure": {"aggregate": "sum", "property": "revenue"}} for count in counts]
    assert merge_windows(rule_of(group(op, *sums)).include) == rule_of(group(op, *sums)).include


@pytest.mark.parametrize(
    ("operator", "value", "said"),
    [
        ("gte", 1, "has done View at least once"),
        ("gt", 0, "has done View at least once"),
        ("neq", 0, "has done View at least once"),
        ("eq", 0, "has not done View"),
        ("lt", 1, "has not done View"),
        ("eq", 1, "has done View exactly once"),
        ("gt", 1, "has done View more than once"),
        ("lt", 3, "has done View fewer than 3 times"),
        ("neq", 2, "has done View any number of times but 2"),
        ("between", [2, 4], "has done View 2 to 4 times"),
    ],
)
def test_a_count_is_said_as_people_say_it(operator: str, value: Any, said: str) -> None:
    window = {"last": {"amount": 1, "unit": "days"}}
    rule = rule_of(group("all", COUNT | {"operator": operator, "value": value, "window": window}))
    assert phrase(rule.include) == f"{said} in the last day"


DATES = {
    "2026-03-01": "2026-03-01T00:00:00Z",
    "2026-03-01T12:30": "2026-03-01T12:30:00Z",
    "2026-03-01 12:30:05": "2026-03-01T12:30:05Z",
    "2026-03-01T12:30:05.1234567Z": "2026-03-01T12:30:05.123456Z",
    "2026-03-01t12:30:05,5z": "2026-03-01T12:30:05.500000Z",
    "2026-03-01T12:30:05+02": "2026-03-01T10:30:05Z",
    "2026-03-01T12:30-0330": "2026-03-01T16:00:00Z",
    "2024-02-29T23:59:59.999999+00:00": "2024-02-29T23:59:59.999999Z",
    "2026-02-29": None,
    "2026-13-01": None,
    "2026-3-1": None,
    "20260301": None,
    "2026-03": None,
    "2026-W09-7": None,
    "2026-03-01T12": None,
    "2026-03-01T24:00": None,
    "2026-03-01T12:60": None,
    "2026-03-01T12:30:60": None,
    "2026-03-01T12:30+16:00": None,
    "2026-03-01+02:00": None,
    " 2026-03-01": None,
    "2026-03-01\n": None,
    "٢٠٢٦-٠٣-٠١": None,
    "0000-01-01": None,
    "0001-01-01T00:00+01:00": None,
    "no date": None,
    "": None,
}


@pytest.mark.parametrize(("text", "canonical"), DATES.items())
def test_a_text_is_a_date_or_none(text: str, canonical: str | None) -> None:
    found = instant_of(text)
    assert (found and instant_text(found)) == canonical
    assert as_instant(text, seconds=False) == found


def test_seconds_are_a_date_where_the_catalogue_says_so() -> None:
    assert as_instant(1772366400, seconds=True) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert as_instant(1772366400, seconds=False) is None
    assert as_instant(10**15, seconds=True) is None
    assert Catalogue().reads_seconds("birthday") and not Catalogue().reads_seconds("seen")
