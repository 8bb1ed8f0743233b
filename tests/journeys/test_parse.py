"""What may be written as a journey, and what is said of the rest."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from campaigns.journeys.nodes import Branch, Duration, Exit, Send, Wait
from campaigns.journeys.parse import FlowError, parse, pointer

WIN_BACK: dict[str, Any] = {
    "entry": {"on": "enter", "segment": "at-risk"},
    "re_entry": "never",
    "goal": {"event": "Order Completed"},
    "first": "mail1",
    "nodes": {
        "mail1": {"type": "send", "channel": "email", "template": "win-back-1", "next": "wait1"},
        "wait1": {"type": "wait", "for": {"amount": 48, "unit": "hours"}, "next": "opened"},
        "opened": {"type": "branch", "rule": {"version": 1}, "yes": "end", "no": "sms1"},
        "sms1": {"type": "send", "channel": "sms", "template": "win-back-sms", "next": "end"},
        "end": {"type": "exit"},
    },
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The journey with one place changed; `...` takes the place away."""
    document = copy.deepcopy(WIN_BACK)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return document


def faults(document: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(FlowError) as caught:
        parse(document, **options)
    assert all(fault.message.endswith((".", "null.", "…}.")) for fault in caught.value.faults)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_the_journey_of_the_contract_is_read_as_typed_nodes() -> None:
    flow = parse(WIN_BACK)
    assert flow.entry.segment == "at-risk" and flow.goal and flow.goal.event == "Order Completed"
    assert flow.nodes == {
        "mail1": Send("email", "win-back-1", "wait1"),
        "wait1": Wait(Duration(48, "hours"), "opened"),
        "opened": Branch({"version": 1}, "end", "sms1"),
        "sms1": Send("sms", "win-back-sms", "end"),
        "end": Exit(),
    }
    assert flow.nodes["wait1"].duration.length == timedelta(days=2)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ([], [("", "not_an_object")]),
        (changed("entry", to=...), [("/entry", "missing")]),
        (changed("entry", "on", to="exit"), [("/entry/on", "unknown_value")]),
        (changed("entry", "segment", to=7), [("/entry/segment", "wrong_type")]),
        (changed("nodes", to={}), [("/nodes", "missing"), ("/first", "unknown_target")]),
        (changed("first", to="nowhere"), [("/first", "unknown_target")]),
        (changed("first", to="wait1"), [("/nodes/mail1", "unreachable")]),
        (changed("goal", to="Order Completed"), [("/goal", "wrong_type")]),
        (changed("re_entry", to="sometimes"), [("/re_entry", "unknown_value")]),
        (changed("re_entry", to={"amount": 0, "unit": "days"}), [("/re_entry/amount", "wrong_type")]),
        (changed("nodes", "mail1", "next", to="gone"), [("/nodes/mail1/next", "unknown_target")]),
        (changed("nodes", "mail1", "channel", to="pigeon"), [("/nodes/mail1/channel", "unknown_value")]),
        (changed("nodes", "mail1", "template", to=""), [("/nodes/mail1/template", "missing")]),
        (changed("nodes", "mail1", "colour", to="red"), [("/nodes/mail1/colour", "unknown_field")]),
        (
            changed("nodes", "wait1", "for", to={"amount": 1, "unit": "moons"}),
            [("/nodes/wait1/for/unit", "unknown_value")],
        ),
        (changed("nodes", "wait1", "for", "amount", to=True), [("/nodes/wait1/for/amount", "wrong_type")]),
        (changed("nodes", "wait1", "for", "amount", to=10**30), [("/nodes/wait1/for/amount", "too_large")]),
        (changed("nodes", "opened", "rule", to=...), [("/nodes/opened/rule", "missing")]),
        (changed("nodes", "opened", "yes", to=...), [("/nodes/opened/yes", "missing")]),
        (changed("nodes", "end", to={"type": "leap"}), [("/nodes/end/type", "unknown_value")]),
        (changed("nodes", "end", to="exit"), [("/nodes/end", "unknown_value")]),
        (changed("nodes", "a/b", to={"type": "exit"}), [("/nodes/a~1b", "wrong_type")]),
        (changed("nodes", "sms1", "next", to="wait1"), [("/nodes/sms1/next", "circle")]),
        (
            changed("nodes", "wait1", "next", to="wait1"),
            [("/nodes/wait1/next", "circle"), *[(f"/nodes/{key}", "unreachable") for key in ("opened", "sms1", "end")]],
        ),
    ],
)
def test_each_fault_has_its_place_and_its_code(document: Any, found: list[tuple[str, str]]) -> None:
    assert faults(document) == found


def test_all_faults_are_told_at_once() -> None:
    document = changed("nodes", "mail1", "channel", to="pigeon")
    document["goal"] = 7
    document["nodes"]["sms1"]["next"] = "gone"
    assert faults(document) == [
        ("/goal", "wrong_type"),
        ("/nodes/mail1/channel", "unknown_value"),
        ("/nodes/sms1/next", "unknown_target"),
    ]


def test_the_rule_of_a_branch_is_judged_by_whoever_knows_rules() -> None:
    asked: list[Any] = []

    def judge(rule: Any) -> list[tuple[str, str]]:
        asked.append(rule)
        return [("/include", "An include group is needed.")]

    assert faults(WIN_BACK, rule_faults=judge) == [("/nodes/opened/rule/include", "rule")]
    assert asked == [{"version": 1}]


def test_a_circle_is_named_by_its_way() -> None:
    with pytest.raises(FlowError, match="wait1 → opened → sms1 → wait1"):
        parse(changed("nodes", "sms1", "next", to="wait1"))


def test_a_pointer_escapes_what_it_must() -> None:
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"
