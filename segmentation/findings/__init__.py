"""Every kind of finding: those that segmentation knows by itself, and those that the app above adds."""

from __future__ import annotations

from segmentation.findings import card, movement, portfolio, rule, sizes
from segmentation.findings.base import FindingKind

KINDS: list[type[FindingKind]] = [*rule.KINDS, *card.KINDS, *sizes.KINDS, *movement.KINDS, *portfolio.KINDS]
# Filled by the app above, which segmentation cannot know of.
MORE_KINDS: list[type[FindingKind]] = []


def kinds() -> list[type[FindingKind]]:
    """All of them, in the order of the documentation."""
    return [*KINDS, *MORE_KINDS]


def kind_of(code: str) -> type[FindingKind] | None:
    """The kind of a code; None where there is none (any more)."""
    return next((kind for kind in kinds() if kind.code == code), None)
