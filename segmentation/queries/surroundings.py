"""The surroundings of rules: the ids behind the names they mention, read from the tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from customers.models import EventName
from segmentation.models import PercentileThreshold, Segment
from segmentation.models.segment import Status
from segmentation.queries.catalogue import catalogue
from segmentation.rules.dependencies import dependencies
from segmentation.rules.nodes import Percentile, Rule
from segmentation.rules.surroundings import Surroundings
from segmentation.rules.walk import leaves


def surroundings(
    rules: Iterable[Rule], *, now: datetime, stored_thresholds: bool, at_past: bool = False, totals: bool = True
) -> Surroundings:
    """What these rules need to be evaluated at `now`.

    With `stored_thresholds` the percentile conditions compare with the stored thresholds, as live segments do; else
    with ones computed afresh. `at_past` and `totals` are those of `Surroundings`. A rule that reads a segment that is gone or archived fails when its statement is made.
    """
    rules = list(rules)
    keys = frozenset[str]().union(*(dependencies(rule) for rule in rules))
    return Surroundings(
        now=now,
        event_ids=event_ids(keys),
        segment_ids=segment_ids(keys),
        thresholds=thresholds(rules) if stored_thresholds else None,
        catalogue=catalogue(),
        at_past=at_past,
        totals=totals,
    )


def live_surroundings(*, keys: Iterable[str], now: datetime) -> Surroundings:
    """What all rules that read these keys need to be evaluated at `now` as live segments, whichever of them it is."""
    keys = list(keys)
    stored = PercentileThreshold.objects.values_list("key", "side", "percent", "value")
    return Surroundings(
        now=now,
        event_ids=event_ids(keys),
        segment_ids=segment_ids(keys),
        thresholds={Percentile(key, side, percent): value for key, side, percent, value in stored},
        catalogue=catalogue(),
    )


def event_ids(keys: Iterable[str]) -> dict[str, int]:
    """The ids of the event names among dependency keys."""
    names = [key.removeprefix("event:") for key in keys if key.startswith("event:")]
    return dict(EventName.objects.filter(name__in=names).values_list("name", "id")) if names else {}


def segment_ids(keys: Iterable[str]) -> dict[str, int]:
    """The ids of the segments among dependency keys; an archived segment has no members to read."""
    slugs = [key.removeprefix("segment:") for key in keys if key.startswith("segment:")]
    if not slugs:
        return {}
    readable = Segment.objects.filter(slug__in=slugs).exclude(status=Status.ARCHIVED)
    return dict(readable.values_list("slug", "id"))


def percentiles_of(rules: Iterable[Rule]) -> set[Percentile]:
    """Every percentile condition of the rules."""
    return {node for rule in rules for node in leaves(rule) if isinstance(node, Percentile)}


def thresholds(rules: Iterable[Rule]) -> dict[Percentile, Decimal | None]:
    """The stored thresholds of the rules' percentile conditions; one that was not stored yet is absent."""
    wanted = percentiles_of(rules)
    if not wanted:
        return {}
    stored = {(row.key, row.side, row.percent.normalize()): row.value for row in PercentileThreshold.objects.all()}
    found = {node: (node.key, node.side, node.percent.normalize()) for node in wanted}
    return {node: stored[place] for node, place in found.items() if place in stored}
