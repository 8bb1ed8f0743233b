"""What a segment's card lacks before anybody may be written to in its name."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.models import Segment
from segmentation.rules.wording import listed


@dataclass(frozen=True)
class Lacking:
    """A field of the card that nobody filled in."""

    field: str
    name: str


# `incentive` always has a value; tags and folder only help to find the segment.
NEEDED = (
    Lacking("goal", "goal"),
    Lacking("owner", "owner"),
    Lacking("action", "campaign action"),
    Lacking("message", "message strategy"),
    Lacking("channels", "channels"),
    Lacking("kpi", "KPI"),
    Lacking("kpi_target", "KPI target"),
    Lacking("review_on", "review date"),
)


def lacking_on(segment: Segment) -> list[Lacking]:
    """The needed fields that are empty, in the order of the card; a target of 0 is one."""
    return [one for one in NEEDED if getattr(segment, one.field) in (None, "", [])]


def lacking_words(segment: Segment) -> str:
    """The same as words: `goal, owner and review date`; empty for a whole card."""
    names = [one.name for one in lacking_on(segment)]
    return listed(names, "and") if names else ""
