"""The questions that most branches ask, as short forms of a rule: did something, is in a segment; any other is a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {"did": "has done", "in": "is in the segment", "rule": "fits a rule"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a customer: `did` an event at least so many times in the last so many days (0: ever), is `in` a
    segment, or fits a `rule` of the rule language."""

    kind: str = "did"
    event: str = ""
    times: int = 1
    days: int = 0
    segment: str = ""


def rule_of(ask: Ask) -> dict[str, Any]:
    """The rule that a short form stands for."""
    if ask.kind == "in":
        return _whole({"type": "segment", "segment": ask.segment, "state": "in"})
    window: dict[str, Any] = {"last": {"amount": ask.days, "unit": "days"}} if ask.days else {"ever": True}
    return _whole(
        {
            "type": "event",
            "event": ask.event,
            "measure": {"aggregate": "count"},
            "operator": "gte",
            "value": ask.times,
            "window": window,
        }
    )


def ask_of(rule: Any) -> Ask:
    """The short form of a rule; `rule` where it has none."""
    if not rule:
        return Ask()
    try:
        (node,) = rule["include"]["conditions"]
        guess = _guess(node)
    except (KeyError, TypeError, ValueError):
        return Ask("rule")
    return guess if rule_of(guess) == rule else Ask("rule")


def _guess(node: Mapping[str, Any]) -> Ask:
    if node["type"] == "segment":
        return Ask("in", segment=node["segment"])
    days = 0 if node["window"] == {"ever": True} else node["window"]["last"]["amount"]
    return Ask("did", event=node["event"], times=node["value"], days=days)


def _whole(node: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "include": {"op": "all", "conditions": [node]}}
