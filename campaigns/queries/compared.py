"""What differs between two versions of a journey, in sentences: what an approver has to read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.models import JourneyVersion


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


def _differences(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    said = [f"{what} {key} is new" for key in after if key not in before]
    said += [f"{what} {key} changed" for key in after if key in before and after[key] != before[key]]
    return said + [f"{what} {key} is gone" for key in before if key not in after]
