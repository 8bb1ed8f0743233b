"""Every kind of finding: those that segmentation knows by itself, and those that the app above adds."""

from __future__ import annotations

from segmentation.findings.base import FindingKind

KINDS: list[type[FindingKind]] = []
# Filled by the app above, which segmentation cannot know of.
MORE_KINDS: list[type[FindingKind]] = []


def kinds() -> list[type[FindingKind]]:
    """All of them, in the order of the documentation."""
    return [*KINDS, *MORE_KINDS]
