"""A flow in English, line by line: for the approval page and the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.journeys.graph import lines
from campaigns.journeys.nodes import Branch, Duration, Flow, Node, Send, Wait

CHANNEL_WORDS = {"email": "e-mail", "sms": "text message"}
Say = Callable[[Mapping[str, Any]], str]


def describe(flow: Flow, *, say_rule: Say) -> list[str]:
    """The flow as sentences, one a line, indented by two spaces a level; `say_rule` puts a branch's rule into words."""
    said = [f"Starts when a customer becomes active in {flow.entry.segment}. {re_entry(flow)}"]
    if flow.goal:
        said.append(f"Stops as soon as the customer does {flow.goal.event}, leaves the segment or opts out.")
    else:
        said.append("Stops as soon as the customer leaves the segment or opts out.")
    for line in lines(flow.first, flow.nodes):
        lead = {"yes": "If so: ", "no": "If not: "}.get(line.label, "")
        words = f"go on with {line.key}" if line.again else phrase(line.node, say_rule=say_rule)
        said.append("  " * line.depth + (lead + words if lead else words[:1].upper() + words[1:]) + ".")
    return said


def phrase(node: Node, *, say_rule: Say) -> str:
    """One node in words, without a full stop."""
    if isinstance(node, Send):
        return f"send the {CHANNEL_WORDS.get(node.channel, node.channel)} {node.template}"
    if isinstance(node, Wait):
        return f"wait {node.duration}"
    if isinstance(node, Branch):
        return f"ask: {say_rule(node.rule).rstrip('.')}"
    return "end"


def re_entry(flow: Flow) -> str:
    """How often a customer may take the journey."""
    if isinstance(flow.re_entry, Duration):
        return f"A customer may take it again {flow.re_entry} after entering."
    if flow.re_entry == "always":
        return "A customer may take it again at every entry."
    return "A customer takes it once."
