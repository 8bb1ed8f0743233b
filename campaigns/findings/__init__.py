"""The kinds of finding that need to know what was said to customers: added to those of segmentation when the app starts."""

from __future__ import annotations

from campaigns.findings.answers import NotMeasured, SameResponse, TwoGroups
from campaigns.findings.use import NeverActivated
from campaigns.findings.words import DiscountHabit, SameMessage
from segmentation.findings.base import FindingKind

KINDS: list[type[FindingKind]] = [NeverActivated, SameMessage, DiscountHabit, NotMeasured, SameResponse, TwoGroups]
