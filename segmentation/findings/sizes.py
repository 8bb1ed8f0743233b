"""Segments that hold nobody, next to nobody, or nearly everybody."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, at, counted
from segmentation.models import Segment
from segmentation.queries.base import BROAD, more_than


def too_broad(size: int, base: int) -> bool:
    """Whether so many of all customers are no segment any more."""
    return base > 0 and size >= BROAD * base


def too_small(size: int) -> bool:
    """Whether so few are too few to tell what a message did (nobody at all is a finding of its own)."""
    return 0 < size < settings.SMALLEST_SEGMENT


def _guards(segment: Segment) -> bool:
    """A full stop only holds others back: the fewer are in it the better."""
    return segment.blocks_all_below


def _mend(segment: Segment, label: str) -> Fix:
    if segment.kind == Segment.Kind.STATIC:
        return Fix("Put customers on it", at(segment, "members/add"))
    return Fix(label, at(segment, "rule"))


class Empty(FindingKind):
    """Live, and nobody in it."""

    code, severity, title = "empty", Severity.WARNING, "Nobody in it"
    why = "A live segment without members does nothing: its rule may not say what was meant."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments without a member, full stops and those being filled left out."""
        for segment in look.live:
            if not look.size(segment) and segment.pk not in look.filling and not _guards(segment):
                yield Found(segment, 0, "Nobody is in it.", _mend(segment, "Look at the rule"))


class TooSmall(FindingKind):
    """Fewer than `SMALLEST_SEGMENT` customers."""

    code, severity, title = "too_small", Severity.HINT, "Too small"
    why = "With so few customers chance decides what a message seems to do."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments with a few members, full stops and those being filled left out."""
        for segment in look.live:
            size = look.size(segment)
            if too_small(size) and segment.pk not in look.filling and not _guards(segment):
                says = f"Only {counted(size)} in it: under {settings.SMALLEST_SEGMENT:,} nobody can tell what a message did."
                yield Found(segment, size, says, _mend(segment, "Widen the rule"))


class TooBroad(FindingKind):
    """80 % of all customers and more."""

    code, severity, title = "too_broad", Severity.WARNING, "Too broad"
    why = "A message to everybody is no segment."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments with four in five of all customers or more; the number is the share in percent."""
        largest = max((look.size(segment) for segment in look.live), default=0)
        # Mostly even the largest is far from it, and nobody has to be counted.
        if not largest or more_than(int(largest / BROAD) + 1):
            return
        for segment in look.live:
            size = look.size(segment)
            if too_broad(size, look.base):
                share = size / look.base
                says = f"{share:.0%} of all customers are in it, {size:,} of {look.base:,}."
                yield Found(segment, round(100 * share, 1), says, _narrow(segment))


def _narrow(segment: Segment) -> Fix:
    static = segment.kind == Segment.Kind.STATIC
    return (
        Fix("Take customers off it", at(segment, "members")) if static else Fix("Narrow the rule", at(segment, "rule"))
    )


KINDS: list[type[FindingKind]] = [Empty, TooSmall, TooBroad]
