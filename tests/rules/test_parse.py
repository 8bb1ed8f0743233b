"""Documents that are no rules: every fault is found, each at its place; and what is taken though it could be doubted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.faults import Fault, RuleError
from segmentation.rules.nodes import (
    Attribute,
    Compare,
    Duration,
    Ever,
    Group,
    Latest,
    NumberSide,
    Rule,
    Segment,
    Sequence,
    ValueType,
)
from segmentation.rules.nodes import Test as Asked
from segmentation.rules.parse import parse
from segmentation.rules.write import rule_hash, to_document

AT = "/include/conditions/0"
COUNT = {"type": "event", "event": "View", "measure": {"aggregate": "count"}, "operator": "gte", "value": 1}
SEQUENCE = {
    "type": "sequence",
    "first": {"event": "A"},
    "then": {"event": "B"},
    "within": {"amount": 1, "unit": "hours"},
}
COMPARE = {"type": "compare", "left": {"attribute": "points"}, "operator": "gt", "right": 5}
PERCENTILE = {"type": "percentile", "key": "points", "side": "top", "percent": 20}
SEGMENT = {"type": "segment", "segment": "vip", "state": "entered"}
CONSENT = {"type": "consent", "channel": "email", "operator": "is", "value": "subscribed"}
LATEST = {"type": "latest", "event": "View", "property": "device", "operator": "is", "value": "mobile"}
HOUR = {"amount": 1, "unit": "hours"}


def document(*conditions: Any, **more: Any) -> dict[str, Any]:
    return {"version": 1, "include": {"op": "all", "conditions": list(conditions)}, **more}


def attribute(key: str, operator: str, *value: Any) -> dict[str, Any]:
    return {"type": "attribute", "key": key, "operator": operator, **({"value": value[0]} if value else {})}


def faults(given: Any, catalogue: Catalogue | None = None) -> list[tuple[str, str]]:
    with pytest.raises(RuleError) as caught:
        parse(given, catalogue=catalogue or Catalogue())
    assert all(isinstance(fault, Fault) and fault.message for fault in caught.value.faults)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def read(*conditions: Any) -> Any:
    rule = parse(document(*conditions), catalogue=Catalogue())
    return rule.include.conditions[0]


def deep(groups: int) -> Any:
    node: Any = COUNT
    for _ in range(groups):
        node = {"op": "all", "conditions": [node]}
    return {"version": 1, "include": node}


WRONG: list[tuple[Any, list[tuple[str, str]]]] = [
    # The document.
    (None, [("", "wrong_type")]),
    ([], [("", "wrong_type")]),
    ({}, [("/version", "missing"), ("/include", "missing")]),
    (document(version=2), [("/version", "unknown_value")]),
    (document(version=True), [("/version", "unknown_value")]),
    (document(version="1"), [("/version", "unknown_value")]),
    (document(name="x"), [("/name", "unknown_key")]),
    (document(**{"a/b~c": 1}), [("/a~1b~0c", "unknown_key")]),
    ({"version": 1, "include": []}, [("/include", "wrong_type")]),
    (
        {"version": 1, "include": COUNT},
        [
            *((f"/include/{key}", "unknown_key") for key in ("event", "measure", "operator", "value")),
            ("/include/op", "missing"),
            ("/include/conditions", "missing"),
            ("/include/type", "unknown_value"),
        ],
    ),
    (document(exclude={"op": "some", "conditions": []}), [("/exclude/op", "unknown_value")]),
    # Groups.
    (document({"op": "all"}), [(f"{AT}/conditions", "missing")]),
    (document({"op": "all", "conditions": {}}), [(f"{AT}/conditions", "wrong_type")]),
    (document("x"), [(AT, "wrong_type")]),
    (document({"key": "a"}), [(f"{AT}/type", "missing")]),
    (document({"type": "sql"}), [(f"{AT}/type", "unknown_value")]),
    (document({"type": ["event"]}), [(f"{AT}/type", "unknown_value")]),
    (deep(9), [("/include" + "/conditions/0" * 8, "too_deep")]),
    (
        document({"op": "all", "conditions": [COUNT] * 100}, {"op": "any", "conditions": [COUNT] * 99}),
        [("", "too_many_nodes")],
    ),
    (document(*[COUNT] * 201), [("/include/conditions", "too_many")]),
    # Attributes and their tests.
    (document({"type": "attribute"}), [(f"{AT}/key", "missing"), (f"{AT}/operator", "missing")]),
    (document(attribute("", "is", "x")), [(f"{AT}/key", "empty")]),
    (document(attribute("points", "like", "x")), [(f"{AT}/operator", "unknown_operator")]),
    (document(attribute("points", 5, "x")), [(f"{AT}/operator", "unknown_operator")]),
    (document(attribute("country", "gt", 5)), [(f"{AT}/operator", "wrong_operator")]),
    (document(attribute("birthday", "not_between", [1, 2])), [(f"{AT}/operator", "wrong_operator")]),
    (document(attribute("known", "is", "yes")), [(f"{AT}/operator", "wrong_operator")]),
    (document(attribute("country", "is")), [(f"{AT}/value", "missing")]),
    (document(attribute("country", "is", None)), [(f"{AT}/value", "missing")]),
    (document(attribute("country", "is", 5)), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("country", "is", [])), [(f"{AT}/value", "too_few")]),
    (
        document(attribute("country", "is", ["PL", 5, None])),
        [(f"{AT}/value/1", "wrong_type"), (f"{AT}/value/2", "wrong_type")],
    ),
    (document(attribute("country", "is", ["x"] * 1001)), [(f"{AT}/value", "too_many")]),
    (document(attribute("country", "is", "x" * 1001)), [(f"{AT}/value", "too_long")]),
    (document(attribute("country", "is", "a\x00b")), [(f"{AT}/value", "bad_character")]),
    (document(attribute("country", "is", "\ud800")), [(f"{AT}/value", "bad_character")]),
    (document(attribute("country", "contains", ["a"])), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("country", "is_set", "x")), [(f"{AT}/value", "unknown_key")]),
    (document(attribute("vip", "is_true", True)), [(f"{AT}/value", "unknown_key")]),
    (document(attribute("points", "gt", "5")), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("points", "gt", True)), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("points", "gt", float("nan"))), [(f"{AT}/value", "out_of_range")]),
    (document(attribute("points", "gt", float("inf"))), [(f"{AT}/value", "out_of_range")]),
    (document(attribute("points", "gt", 10**15)), [(f"{AT}/value", "out_of_range")]),
    (document(attribute("points", "gt", 1e-13)), [(f"{AT}/value", "out_of_range")]),
    (document(attribute("points", "gt", Decimal("0.12345678901234567890"))), [(f"{AT}/value", "out_of_range")]),
    (document(attribute("points", "between", [1])), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("points", "between", [1, 2, 3])), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("points", "between", [1, "2026-01-01"])), [(f"{AT}/value/0", "wrong_type")]),
    (document(attribute("points", "between", [2, 1])), [(f"{AT}/value", "out_of_order")]),
    (document(attribute("seen", "between", ["2026-02-01", "2026-02-01"])), [(f"{AT}/value", "out_of_order")]),
    (document(attribute("seen", "before", "2026-02-30")), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("seen", "before", 1772366400)), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("seen", "in_last", 7)), [(f"{AT}/value", "wrong_type")]),
    (document(attribute("seen", "in_last", {"amount": 7})), [(f"{AT}/value/unit", "missing")]),
    (document(attribute("seen", "in_last", {"amount": 0, "unit": "days"})), [(f"{AT}/value/amount", "out_of_range")]),
    (document(attribute("seen", "in_last", {"amount": -1, "unit": "days"})), [(f"{AT}/value/amount", "out_of_range")]),
    (document(attribute("seen", "in_last", {"amount": 1.5, "unit": "days"})), [(f"{AT}/value/amount", "wrong_type")]),
    (document(attribute("seen", "in_last", {"amount": True, "unit": "days"})), [(f"{AT}/value/amount", "wrong_type")]),
    (
        document(attribute("seen", "in_last", {"amount": 36501, "unit": "days"})),
        [(f"{AT}/value/amount", "out_of_range")],
    ),
    (
        document(attribute("seen", "in_last", {"amount": 10**30, "unit": "days"})),
        [(f"{AT}/value/amount", "out_of_range")],
    ),
    (document(attribute("seen", "in_last", {"amount": 1, "unit": "months"})), [(f"{AT}/value/unit", "unknown_value")]),
    (document(attribute("birthday", "anniversary_in_next", HOUR)), [(f"{AT}/value/unit", "unknown_value")]),
    # Events.
    (document({"type": "event"}), [(f"{AT}/{key}", "missing") for key in ("event", "measure", "operator")]),
    (document(COUNT | {"event": []}), [(f"{AT}/event", "too_few")]),
    (document(COUNT | {"event": ["A", "*"]}), [(f"{AT}/event/1", "unknown_value")]),
    (document(COUNT | {"event": {"name": "A"}}), [(f"{AT}/event", "wrong_type")]),
    (document(COUNT | {"operator": "is"}), [(f"{AT}/operator", "wrong_operator")]),
    (document(COUNT | {"value": "1"}), [(f"{AT}/value", "wrong_type")]),
    (document(COUNT | {"value": None}), [(f"{AT}/value", "missing")]),
    (document(COUNT | {"measure": "count"}), [(f"{AT}/measure", "wrong_type")]),
    (document(COUNT | {"measure": {"aggregate": "median"}}), [(f"{AT}/measure/aggregate", "unknown_value")]),
    (document(COUNT | {"measure": {"aggregate": "sum"}}), [(f"{AT}/measure/property", "missing")]),
    (
        document(COUNT | {"measure": {"aggregate": "count", "property": "a"}}),
        [(f"{AT}/measure/property", "unknown_key")],
    ),
    (document(COUNT | {"where": {}}), [(f"{AT}/where", "wrong_type")]),
    (document(COUNT | {"where": [{"property": "a"}]}), [(f"{AT}/where/0/operator", "missing")]),
    (
        document(COUNT | {"where": [{"property": "$hour", "operator": "is", "value": "9"}]}),
        [(f"{AT}/where/0/operator", "wrong_operator")],
    ),
    (
        document(COUNT | {"where": [{"property": "a", "operator": "is", "value": 1, "x": 1}]}),
        [(f"{AT}/where/0/x", "unknown_key"), (f"{AT}/where/0/value", "wrong_type")],
    ),
    # Windows.
    (document(COUNT | {"window": {}}), [(f"{AT}/window", "missing")]),
    (document(COUNT | {"window": "ever"}), [(f"{AT}/window", "wrong_type")]),
    (document(COUNT | {"window": {"ever": False}}), [(f"{AT}/window/ever", "unknown_value")]),
    (document(COUNT | {"window": {"ever": True, "last": HOUR}}), [(f"{AT}/window/ever", "unknown_key")]),
    (document(COUNT | {"window": {"from": HOUR}}), [(f"{AT}/window/to", "missing")]),
    (
        document(COUNT | {"window": {"from": HOUR, "to": {"amount": 60, "unit": "minutes"}}}),
        [(f"{AT}/window", "out_of_order")],
    ),
    (
        document(COUNT | {"window": {"from": HOUR, "to": {"amount": 1, "unit": "days"}}}),
        [(f"{AT}/window", "out_of_order")],
    ),
    (
        document(COUNT | {"window": {"between": ["2026-02-01", "2026-01-01"]}}),
        [(f"{AT}/window/between", "out_of_order")],
    ),
    (
        document(COUNT | {"window": {"between": ["yesterday", "2026-01-01"]}}),
        [(f"{AT}/window/between/0", "wrong_type")],
    ),
    (document(COUNT | {"window": {"between": "2026"}}), [(f"{AT}/window/between", "wrong_type")]),
    # The others.
    (document(LATEST | {"which": "newest"}), [(f"{AT}/which", "unknown_value")]),
    (document(SEQUENCE | {"after": HOUR}), [(f"{AT}/after", "unknown_key")]),
    (document(SEQUENCE | {"negate": "yes"}), [(f"{AT}/negate", "wrong_type")]),
    (document(SEQUENCE | {"same": "product_id"}), [(f"{AT}/same", "wrong_type")]),
    (document(SEQUENCE | {"then": {"event": "B", "window": {}}}), [(f"{AT}/then/window", "unknown_key")]),
    (document({"type": "sequence"}), [(f"{AT}/{key}", "missing") for key in ("first", "then", "within")]),
    (document(COMPARE | {"operator": "between"}), [(f"{AT}/operator", "unknown_value")]),
    (document(COMPARE | {"left": {}}), [(f"{AT}/left", "missing")]),
    (document(COMPARE | {"left": {"event": "A"}}), [(f"{AT}/left/measure", "missing")]),
    (document(COMPARE | {"left": {"attribute": "country"}}), [(f"{AT}/left/attribute", "wrong_operator")]),
    (document(COMPARE | {"right": "5"}), [(f"{AT}/right", "wrong_type")]),
    (document(COMPARE | {"factor": "2"}), [(f"{AT}/factor", "wrong_type")]),
    (document(PERCENTILE | {"percent": 0}), [(f"{AT}/percent", "out_of_range")]),
    (document(PERCENTILE | {"percent": 100.1}), [(f"{AT}/percent", "out_of_range")]),
    (document(PERCENTILE | {"side": "middle"}), [(f"{AT}/side", "unknown_value")]),
    (document(PERCENTILE | {"key": "email"}), [(f"{AT}/key", "wrong_operator")]),
    (document(SEGMENT | {"state": "out"}), [(f"{AT}/state", "unknown_value")]),
    (document(SEGMENT | {"state": "in", "window": {"last": HOUR}}), [(f"{AT}/window", "unknown_key")]),
    (document(CONSENT | {"value": "maybe"}), [(f"{AT}/value", "unknown_value")]),
    (document(CONSENT | {"value": ["never", 1]}), [(f"{AT}/value/1", "unknown_value")]),
    (document(CONSENT | {"operator": "reachable"}), [(f"{AT}/value", "unknown_key")]),
    (document(CONSENT | {"operator": "is", "value": None}), [(f"{AT}/value", "missing")]),
    (document(CONSENT | {"operator": "eq"}), [(f"{AT}/operator", "unknown_value")]),
]


@pytest.mark.parametrize(("given", "expected"), WRONG, ids=range(len(WRONG)))
def test_a_fault_is_found_where_it_is(given: Any, expected: list[tuple[str, str]]) -> None:
    assert faults(given) == expected


def test_all_faults_of_a_document_are_found_at_once() -> None:
    given = document(
        attribute("country", "gt", 5),
        {"op": "any", "conditions": [COUNT | {"event": ""}, {"type": "nothing"}]},
        COUNT | {"window": {"last": {"amount": 0, "unit": "years"}}},
        exclude={"op": "any", "conditions": [PERCENTILE | {"percent": "20"}]},
    )
    assert [pointer for pointer, _ in faults(given)] == [
        f"{AT}/operator",
        "/include/conditions/1/conditions/0/event",
        "/include/conditions/1/conditions/1/type",
        "/include/conditions/2/window/last/amount",
        "/include/conditions/2/window/last/unit",
        "/exclude/conditions/0/percent",
    ]


def test_a_fault_says_what_to_do() -> None:
    with pytest.raises(RuleError) as caught:
        parse(document(attribute("country", "gt", 5)), catalogue=Catalogue())
    (fault,) = caught.value.faults
    assert fault.message.startswith("“country” is a text, which has no “gt”; choose one of is, is_not, contains")
    assert fault.as_dict() == {"pointer": f"{AT}/operator", "message": fault.message, "code": "wrong_operator"}


def test_a_segment_that_nobody_knows_is_a_fault_where_the_segments_are_known() -> None:
    assert faults(document(SEGMENT), Catalogue(segments={"other": "live"})) == [(f"{AT}/segment", "unknown_segment")]
    parse(document(SEGMENT), catalogue=Catalogue(segments={"vip": "draft"}))


def test_eight_groups_and_two_hundred_conditions_are_a_rule() -> None:
    parse(deep(8), catalogue=Catalogue())
    parse(document(*[COUNT] * 200), catalogue=Catalogue())


def test_null_counts_as_absent_and_no_window_as_ever() -> None:
    bare = read(LATEST)
    assert bare == read(LATEST | {"window": None, "which": None, "where": None})
    assert bare == read(LATEST | {"window": {"ever": True}, "which": "last", "where": []})
    assert isinstance(bare, Latest) and bare.window == Ever()
    assert read(SEGMENT) == Segment("vip", "entered", Ever())
    assert read(SEGMENT | {"state": "in", "window": {"ever": True}}) == Segment("vip", "in", None)
    assert parse(document(exclude=None), catalogue=Catalogue()) == Rule(Group("all", ()))


def test_a_group_may_say_that_it_is_one() -> None:
    assert read({"type": "group", "op": "any", "conditions": []}) == Group("any", ())


def test_the_operator_and_the_value_tell_the_type_of_an_unknown_attribute() -> None:
    assert read(attribute("x", "between", [1, 2])).test.type is ValueType.NUMBER
    assert read(attribute("x", "between", ["2026-01-01", "2026-01-02"])).test.type is ValueType.DATE
    assert read(attribute("x", "is", "a")).test == Asked(ValueType.TEXT, "is", ("a",))
    assert read(attribute("x", "has_any", "a")).test == Asked(ValueType.LIST, "has_any", ("a",))
    assert (
        read(attribute("x", "is_set")).test
        == read(attribute("country", "is_set")).test
        == Asked(ValueType.ANY, "is_set")
    )


def test_a_learnt_type_forbids_nothing() -> None:
    given = document(attribute("points", "contains", "x"))
    rule = parse(given, catalogue=Catalogue(learnt={"points": ValueType.NUMBER}))
    assert isinstance(rule.include.conditions[0], Attribute)


def test_a_measure_can_be_asked_whether_it_has_a_value() -> None:
    mean = {"measure": {"aggregate": "avg", "property": "revenue"}, "operator": "is_not_set", "value": None}
    assert read(COUNT | mean).test == Asked(ValueType.ANY, "is_not_set")


@pytest.mark.parametrize("side", [5, 5.0, {"number": 5}, {"value": 5}, Decimal("5.00")])
def test_a_number_stands_alone_or_is_named(side: Any) -> None:
    found = read(COMPARE | {"right": side})
    assert isinstance(found, Compare) and found.right == NumberSide(Decimal(5))


def test_numbers_are_the_decimals_that_were_written() -> None:
    for written in (0.1, Decimal("0.1"), Decimal("0.10")):
        assert str(read(attribute("points", "eq", written)).test.operand) == "0.1"
    assert str(read(attribute("points", "eq", -0.0)).test.operand) == "0"
    assert read(attribute("points", "eq", 0.1 + 0.2)).test.operand == Decimal("0.30000000000000004")


def test_equal_rules_have_equal_hashes_however_they_are_written() -> None:
    one = parse(document(attribute("country", "is", ["PL"]), COMPARE), catalogue=Catalogue())
    other = parse(
        document(attribute("country", "is", "PL"), COMPARE | {"factor": 1.0, "offset": 0, "right": {"number": 5.0}}),
        catalogue=Catalogue(),
    )
    assert rule_hash(one) == rule_hash(other)
    assert to_document(one) == to_document(other)


def test_a_sequence_may_wait_longer_than_it_follows() -> None:
    found = read(SEQUENCE | {"negate": True, "after": {"amount": 2, "unit": "days"}})
    assert isinstance(found, Sequence) and found.after == Duration(2, "days")
