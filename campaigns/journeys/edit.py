"""Edits of a flow while it is being written: on the plain document, which may not be whole yet.

Every function takes a document and returns another one; what is written stays whole if it was.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

WAYS = {"send": ("next",), "wait": ("next",), "branch": ("yes", "no"), "exit": ()}
NAMES = {"send": "mail", "wait": "wait", "branch": "ask", "exit": "end"}
# What a new step holds until somebody says better.
BLANK: Mapping[str, Mapping[str, Any]] = {
    "send": {"type": "send", "channel": "email", "template": ""},
    "wait": {"type": "wait", "for": {"amount": 2, "unit": "days"}},
    "branch": {"type": "branch", "rule": {}},
    "exit": {"type": "exit"},
}


def blank(segment: str = "") -> Document:
    """A flow that enters on a segment and ends."""
    return {
        "entry": {"on": "enter", "segment": segment},
        "re_entry": "never",
        "goal": None,
        "first": "end",
        "nodes": {"end": {"type": "exit"}},
    }


def insert(document: Document, kind: str, *, after: str = "", way: str = "") -> tuple[Document, str]:
    """Put a new step on a way: the one that leaves `after` by `way`, or the first of all. Returns its key too.

    Both answers of a new branch lead to what stood there, so that nothing is lost.
    """
    edited = copy.deepcopy(document)
    nodes = edited["nodes"]
    key = _free(NAMES[kind], nodes)
    target = nodes[after].get(way, "") if after in nodes else edited.get("first", "")
    nodes[key] = {**copy.deepcopy(dict(BLANK[kind])), **dict.fromkeys(WAYS[kind], target)}
    if after in nodes and after != key:
        nodes[after][way] = key
    else:
        edited["first"] = key
    return edited, key


def remove(document: Document, key: str) -> Document:
    """Take a step out; whoever led to it leads to what followed (after a branch: to what followed `no`).

    What nobody leads to any more goes with it.
    """
    edited = copy.deepcopy(document)
    node = edited["nodes"].get(key)
    ways = WAYS.get(node.get("type", ""), ()) if node else ()
    if node is None or not ways:
        return edited
    _redirect(edited, key, node.get(ways[-1], ""))
    del edited["nodes"][key]
    return without_unreached(edited)


def move_up(document: Document, key: str) -> Document:
    """Let a step change places with the one before it; nothing happens where that is a branch, or there are several."""
    edited = copy.deepcopy(document)
    nodes = edited["nodes"]
    before = [name for name, node in nodes.items() if key in _targets(node)]
    if len(before) != 1 or len(_targets(nodes[before[0]])) != 1 or len(_targets(nodes.get(key, {}))) != 1:
        return edited
    upper, lower = nodes[before[0]], nodes[key]
    following = lower["next"]
    _redirect(edited, before[0], key)
    lower["next"], upper["next"] = before[0], following
    return edited


def without_unreached(document: Document) -> Document:
    """The flow without the steps that no way from the first one leads to."""
    edited = copy.deepcopy(document)
    nodes, seen, waiting = edited["nodes"], set(), [edited.get("first", "")]
    while waiting:
        key = waiting.pop()
        if key in nodes and key not in seen:
            seen.add(key)
            waiting.extend(_targets(nodes[key]))
    edited["nodes"] = {key: node for key, node in nodes.items() if key in seen}
    return edited


def reaches(document: Document, key: str, target: str) -> bool:
    """Whether some way leads from one step to another, so that the way back would be a circle."""
    nodes, seen, waiting = document["nodes"], set(), [key]
    while waiting:
        here = waiting.pop()
        if here == target:
            return True
        if here in nodes and here not in seen:
            seen.add(here)
            waiting.extend(_targets(nodes[here]))
    return False


def _targets(node: Mapping[str, Any]) -> list[str]:
    return [str(node.get(way, "")) for way in WAYS.get(str(node.get("type", "")), ())]


def _redirect(document: Document, old: str, new: str) -> None:
    """Let every way that leads to one step lead to another."""
    if document.get("first") == old:
        document["first"] = new
    for node in document["nodes"].values():
        for way in WAYS.get(node.get("type", ""), ()):
            if node.get(way) == old:
                node[way] = new


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """A key that is not taken: `mail1`, `mail2`, …"""
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawn document. `label` is the answer of the branch `parent` that leads here (`yes`, `no`); `again`
    says that the step stands above already."""

    key: str
    node: Mapping[str, Any]
    depth: int
    label: str
    parent: str
    again: bool


def outline(document: Document) -> list[Row]:
    """The document as an indented list, each step once; also where it runs in a circle or leads nowhere."""
    rows: list[Row] = []
    _outline(document["nodes"], str(document.get("first", "")), 0, ("", ""), rows, set())
    return rows


def _outline(
    nodes: Mapping[str, Any], key: str, depth: int, answer: tuple[str, str], rows: list[Row], drawn: set[str]
) -> None:
    node = nodes.get(key, {})
    again = key in drawn
    rows.append(Row(key, node, depth, *answer, again))
    if again or not node:
        return
    drawn.add(key)
    forked = node.get("type") == "branch"
    for way in WAYS.get(str(node.get("type", "")), ()):
        _outline(nodes, str(node.get(way, "")), depth + forked, (way, key) if forked else ("", ""), rows, drawn)
