"""The rules of branches: what is wrong with one, and how it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentation.queries.catalogue import catalogue
from segmentation.rules.describe import sentence
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse


def rule_of(document: Mapping[str, Any]) -> Rule:
    """The rule of a branch. Raises RuleError."""
    return parse(document, catalogue=catalogue())


def rule_faults(document: Any) -> list[tuple[str, str]]:
    """Where a branch's rule is wrong, and how: pointers into it with sentences."""
    try:
        rule_of(document)
    except RuleError as error:
        return [(fault.pointer, fault.message) for fault in error.faults]
    return []


def say_rule(document: Mapping[str, Any]) -> str:
    """A branch's rule in English; what is wrong with it where it cannot be read."""
    try:
        return sentence(rule_of(document))
    except RuleError as error:
        return f"a rule that cannot be read ({error})"
