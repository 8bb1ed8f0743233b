"""Where a flow leads, when it goes on, and how it reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.journeys.describe import describe
from campaigns.journeys.graph import circles, lines, reached, ways
from campaigns.journeys.parse import FlowError, parse
from campaigns.journeys.steps import due_at, next_key
from tests.journeys.test_parse import WIN_BACK, changed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_branch_leads_by_its_answer_and_everything_else_leads_on() -> None:
    flow = parse(WIN_BACK)
    assert next_key(flow, "mail1") == "wait1"
    assert next_key(flow, "opened", answer=True) == "end"
    assert next_key(flow, "opened", answer=False) == "sms1"
    assert next_key(flow, "end") is None
    with pytest.raises(ValueError, match="needs an answer"):
        next_key(flow, "opened")


def test_only_a_wait_is_due_later() -> None:
    flow = parse(WIN_BACK)
    assert due_at(flow.nodes["wait1"], arrived_at=NOW) == NOW + timedelta(hours=48)
    assert all(due_at(flow.nodes[key], arrived_at=NOW) == NOW for key in ("mail1", "opened", "end"))


def test_a_flow_reads_as_sentences() -> None:
    assert describe(parse(WIN_BACK), say_rule=lambda rule: "has opened an e-mail.") == [
        "Starts when a customer becomes active in at-risk. A customer takes it once.",
        "Stops as soon as the customer does Order Completed, leaves the segment or opts out.",
        "Send the e-mail win-back-1.",
        "Wait 48 hours.",
        "Ask: has opened an e-mail.",
        "  If so: end.",
        "  If not: send the text message win-back-sms.",
        "  Go on with end.",
    ]


def test_re_entry_is_said_in_words() -> None:
    again = parse(changed("re_entry", to={"amount": 1, "unit": "weeks"}))
    assert "again 1 week after entering" in describe(again, say_rule=str)[0]
    assert "at every entry" in describe(parse(changed("re_entry", to="always")), say_rule=str)[0]


def test_a_shared_node_is_drawn_once() -> None:
    flow = parse(WIN_BACK)
    drawn = list(lines(flow.first, flow.nodes))
    assert [(line.key, line.depth, line.label, line.again) for line in drawn] == [
        ("mail1", 0, "", False),
        ("wait1", 0, "", False),
        ("opened", 0, "", False),
        ("end", 1, "yes", False),
        ("sms1", 1, "no", False),
        ("end", 1, "", True),
    ]


KEYS = [f"n{number}" for number in range(7)]


def node(place: int) -> st.SearchStrategy[dict[str, Any]]:
    """A node that mostly leads to the next one, so that many flows are whole, and sometimes anywhere."""
    way = st.one_of(st.just(KEYS[place + 1]), st.just(KEYS[place + 1]), st.sampled_from(KEYS))
    return st.one_of(
        st.builds(lambda to: {"type": "wait", "for": {"amount": 1, "unit": "days"}, "next": to}, way),
        st.builds(lambda yes, no: {"type": "branch", "rule": {}, "yes": yes, "no": no}, way, way),
    )


flows = st.fixed_dictionaries({key: node(place) for place, key in enumerate(KEYS[:-1])})


@settings(deadline=None, derandomize=True)
@given(nodes=flows)
def test_whatever_is_accepted_ends_on_every_way(nodes: dict[str, Any]) -> None:
    """A flow that parses reaches every node and comes to an end, whichever way the branches go; one that runs in a
    circle is refused."""
    document = {"entry": {"segment": "s"}, "first": "n0", "nodes": {**nodes, KEYS[-1]: {"type": "exit"}}}
    try:
        flow = parse(document)
    except FlowError as error:
        codes = {fault.code for fault in error.faults}
    else:
        codes = set()
    if codes:
        assert codes <= {"circle", "unreachable"}
        return
    assert reached(flow.first, flow.nodes) == set(KEYS)
    assert not circles(flow.nodes)
    longest = {}
    for key in reversed(_in_order(flow)):
        longest[key] = 1 + max((longest[target] for _, target in ways(flow.nodes[key])), default=0)
    assert longest["n0"] <= len(KEYS)


def _in_order(flow: Any) -> list[str]:
    """The keys so that each stands before those it leads to."""
    entered = dict.fromkeys(flow.nodes, 0)
    for found in flow.nodes.values():
        for _, target in ways(found):
            entered[target] += 1
    free, order = [key for key, count in entered.items() if not count], []
    while free:
        key = free.pop()
        order.append(key)
        for _, target in ways(flow.nodes[key]):
            entered[target] -= 1
            if not entered[target]:
                free.append(target)
    assert len(order) == len(flow.nodes), "the ways run in a circle"
    return order
