"""A flow as the pages draw it: its lines with words, numbers and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.journeys.asks import Ask, ask_of
from campaigns.journeys.edit import WAYS, Document, outline, reaches
from campaigns.journeys.parse import pointer
from campaigns.queries.numbers import Node
from campaigns.queries.rules import say_rule

ANSWERS = {"yes": "If so", "no": "If not"}


@dataclass(frozen=True)
class Way:
    """One way out of a step: the field that names where it leads, and where it may lead without a circle."""

    field: str
    target: str
    targets: list[str]


@dataclass(frozen=True)
class Line:
    """One line of the flow. `way` of the branch `parent` leads here, where it is an answer to it."""

    key: str
    kind: str
    node: Mapping[str, Any]
    depth: int
    answer: str
    again: bool
    way: str = ""
    parent: str = ""
    ways: list[Way] = field(default_factory=list)
    ask: Ask = field(default_factory=Ask)
    says: str = ""
    numbers: Node = field(default_factory=Node)
    faults: list[str] = field(default_factory=list)


def drawn(
    document: Document, *, numbers: Mapping[str, Node] | None = None, faults: Iterable[tuple[str, str]] = ()
) -> list[Line]:
    """The lines of a document, whole or not."""
    wrong: dict[str, list[str]] = {}
    for place, message in faults:
        wrong.setdefault(_step_at(place), []).append(message)
    return [
        Line(
            key=row.key,
            kind=str(row.node.get("type", "")),
            node=row.node,
            depth=row.depth,
            answer=ANSWERS.get(row.label, ""),
            again=row.again,
            way=row.label,
            parent=row.parent,
            ways=[] if row.again else _ways(document, row.key, row.node),
            ask=ask_of(row.node.get("rule")),
            says=say_rule(row.node["rule"]) if row.node.get("rule") and not row.again else "",
            numbers=(numbers or {}).get(row.key, Node()),
            faults=[] if row.again else wrong.get(pointer(row.key), []),
        )
        for row in outline(document)
    ]


def faults_beside(faults: Iterable[tuple[str, str]]) -> list[str]:
    """What is wrong and belongs to no step."""
    return [message for place, message in faults if not _step_at(place)]


def _step_at(place: str) -> str:
    """The step that a pointer is about, as a pointer of its own; empty for what is about the whole."""
    parts = place.split("/")
    return f"/{parts[2]}" if len(parts) > 2 and parts[1] == "nodes" else ""


def _ways(document: Document, key: str, node: Mapping[str, Any]) -> list[Way]:
    kept = [other for other in document["nodes"] if other != key and not reaches(document, other, key)]
    return [Way(way, str(node.get(way, "")), kept) for way in WAYS.get(str(node.get("type", "")), ())]
