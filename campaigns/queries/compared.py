"""What differs between two versions of a journey, in sentences: what an approver has to read again."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.journeys.describe import describe
from campaigns.journeys.parse import FlowError, parse
from campaigns.models import JourneyVersion
from campaigns.queries.rules import say_rule

Lines = list[tuple[str, str]]


def changes_between(old: JourneyVersion | None, new: JourneyVersion | None) -> list[str]:
    """The differences of a later version to an earlier one; nothing where one is missing or they are one."""
    if old is None or new is None or old.pk == new.pk:
        return []
    before, after = old.document, new.document
    said = [
        f"{words} changed"
        for field, words in (
            ("entry", "The segment that starts it"),
            ("re_entry", "How often a customer may take it"),
            ("goal", "The goal"),
            ("first", "The first step"),
        )
        if before.get(field) != after.get(field)
    ]
    said += _differences("The step", before["nodes"], after["nodes"])
    said += _differences("The words of", old.templates, new.templates)
    if not said and old.digest != new.digest:
        said.append("The segment's rule changed")
    return said


def differences(old: JourneyVersion | None, new: JourneyVersion | None) -> list[tuple[str, Lines]]:
    """The same line by line, under the name of what changed: the way in English, and each letter. Each line has its mark:
    in both (blank), only before (-), only after (+)."""
    if old is None or new is None or old.pk == new.pk:
        return []
    found = [("The way", _marked(_way(old), _way(new)))]
    for slug in sorted({*old.templates, *new.templates}):
        before, after = old.templates.get(slug, {}), new.templates.get(slug, {})
        name = str(after.get("name") or before.get("name") or slug)
        found.append((name, _marked(_text(before), _text(after))))
    return [(name, lines) for name, lines in found if lines]


def _marked(before: Sequence[str], after: Sequence[str]) -> Lines:
    if before == after:
        return []
    return [(line[0], line[2:]) for line in difflib.ndiff(before, after) if line[0] != "?"]


def _way(version: JourneyVersion) -> list[str]:
    try:
        return describe(parse(version.document), say_rule=say_rule)
    except FlowError as error:
        return [str(error)]


def _text(words: Mapping[str, Any]) -> list[str]:
    head = [f"{key.capitalize()}: {words[key]}" for key in ("channel", "subject") if words.get(key)]
    return head + str(words.get("body", "")).splitlines()


def _differences(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    said = [f"{what} {key} is new" for key in after if key not in before]
    said += [f"{what} {key} changed" for key in after if key in before and after[key] != before[key]]
    return said + [f"{what} {key} is gone" for key in before if key not in after]
