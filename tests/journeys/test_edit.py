"""Edits of a flow leave it whole, whatever is done in whatever order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.journeys.edit import blank, insert, move_up, reaches, remove
from campaigns.journeys.parse import parse
from tests.journeys.test_parse import WIN_BACK


def keys_in_order(document: dict[str, Any]) -> list[str]:
    """The steps of a flow without branches."""
    key, found = document["first"], []
    while key:
        found.append(key)
        key = document["nodes"][key].get("next", "")
    return found


def test_steps_are_put_in_taken_out_and_moved() -> None:
    flow, first = insert(blank("s"), "send")
    flow, second = insert(flow, "wait", after=first, way="next")
    flow, third = insert(flow, "send", after=second, way="next")
    assert keys_in_order(flow) == [first, second, third, "end"] == ["mail1", "wait1", "mail2", "end"]
    assert keys_in_order(move_up(flow, third)) == ["mail1", "mail2", "wait1", "end"]
    assert keys_in_order(move_up(flow, first)) == keys_in_order(flow), "the first stays first"
    assert keys_in_order(remove(flow, second)) == ["mail1", "mail2", "end"]
    assert remove(flow, "end") == flow, "the end stays"


def test_a_branch_that_goes_takes_the_way_of_yes_along() -> None:
    gone = remove(WIN_BACK, "opened")
    assert set(gone["nodes"]) == {"mail1", "wait1", "sms1", "end"}
    assert keys_in_order(gone) == ["mail1", "wait1", "sms1", "end"]


def test_a_way_back_is_seen() -> None:
    assert reaches(WIN_BACK, "mail1", "sms1") and not reaches(WIN_BACK, "sms1", "mail1")


@settings(deadline=None, derandomize=True)
@given(data=st.data())
def test_no_series_of_edits_breaks_a_flow(data: st.DataObject) -> None:
    flow = blank("s")
    for _ in range(data.draw(st.integers(1, 12))):
        key = data.draw(st.sampled_from(sorted(flow["nodes"])))
        ways = [way for way in ("next", "yes", "no") if way in flow["nodes"][key]]
        deed = data.draw(st.sampled_from(["first", "insert", "remove", "up"]))
        kind = data.draw(st.sampled_from(["send", "wait", "branch"]))
        if deed == "first":
            flow, _ = insert(flow, kind)
        elif deed == "insert" and ways:
            flow, _ = insert(flow, kind, after=key, way=data.draw(st.sampled_from(ways)))
        elif deed == "remove":
            flow = remove(flow, key)
        elif deed == "up":
            flow = move_up(flow, key)
    for node in flow["nodes"].values():
        if node["type"] == "send":
            node["template"] = "words"
    parse(flow)
