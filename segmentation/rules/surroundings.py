"""What an evaluation of rules needs to know besides the rules: the instant, and the ids behind the names they mention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Percentile


@dataclass(frozen=True)
class Surroundings:
    """One evaluation's instant, and where the names of its rules lead.

    `event_ids` holds the names that were ever received; another name has no events. `segment_ids` holds every segment
    that may be read by its slug. `thresholds` are the stored ones of percentile conditions; None has them computed
    afresh in the statement. `at_past` reads membership from the change log as of `now` instead of the current one.
    `totals` lets the running totals stand in for counts over everything up to `now`; an audit counts the events.
    """

    now: datetime
    event_ids: Mapping[str, int] = field(default_factory=dict)
    segment_ids: Mapping[str, int] = field(default_factory=dict)
    thresholds: Mapping[Percentile, Decimal | None] | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)
    at_past: bool = False
    totals: bool = True

    def at(self, now: datetime) -> Surroundings:
        """The same surroundings at another instant."""
        return replace(self, now=now)
