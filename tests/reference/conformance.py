"""The cases of tests/conformance/rules.json: rules with the members each must have at an instant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from segmentation.rules.instants import instant_of
from tests.reference.world import Customer, Event, World, with_lines

FILE = Path(__file__).parent.parent / "conformance" / "rules.json"


@dataclass(frozen=True)
class Case:
    number: int
    population: str
    at: datetime
    document: Any
    members: frozenset[str]


@cache
def populations() -> dict[str, World]:
    """Each population as a world of its own."""
    return {name: World([_customer(row) for row in rows]) for name, rows in _loaded()["populations"].items()}


@cache
def cases() -> tuple[Case, ...]:
    return tuple(
        Case(number, row["population"], _instant(row["at"]), row["rule"], frozenset(row["members"]))
        for number, row in enumerate(_loaded()["cases"])
    )


@cache
def _loaded() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))


def _instant(text: str) -> datetime:
    found = instant_of(text)
    assert found is not None, text
    return found


def _customer(row: dict[str, Any]) -> Customer:
    events = with_lines(Event(event["name"], _instant(event["time"]), event["properties"]) for event in row["events"])
    return Customer(row["id"], row["attributes"], events, consents=row["consents"])
