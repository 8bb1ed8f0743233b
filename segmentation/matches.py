"""Ask who matches: live rules over a batch of customers, in one statement.

A rule that can no longer be evaluated stops alone: its segment says why, keeps its membership, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import DataError, ProgrammingError, transaction

from segmentation.compiler.surroundings import UncompilableError
from segmentation.engines import postgres
from segmentation.engines.statistics import note_seldom
from segmentation.models import Segment
from segmentation.portfolio import Standing
from segmentation.queries.live_rules import rules_of
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.surroundings import Surroundings

log = logging.getLogger(__name__)

# What says that one rule cannot be evaluated, and not that the database is in trouble.
BROKEN = (RuleError, UncompilableError, DataError, ProgrammingError)


@dataclass(frozen=True)
class Matches:
    """The (segment, customer) pairs whose rule is true, and the segments that gave an answer."""

    true: frozenset[tuple[int, int]]
    answered: frozenset[int]


def matches(*, standings: Collection[Standing], customers: Collection[int], around: Surroundings) -> Matches:
    """Evaluate the rules of `standings` for `customers` at the instant of `around`. A rule that fails stops its segment."""
    rules = _parsed(standings)
    try:
        return Matches(_ask(rules, customers, around), frozenset(rules))
    except BROKEN:
        return _one_by_one(rules, customers, around)


def _ask(rules: Mapping[int, Rule], customers: Collection[int], around: Surroundings) -> frozenset[tuple[int, int]]:
    """One statement over all rules; a savepoint keeps the transaction usable where it fails."""
    if not rules or not customers:
        return frozenset()
    began = monotonic()
    with transaction.atomic():
        found = postgres.matches(dict(sorted(rules.items())), around, sorted(customers))
    _note(found, len(customers), around.now, (monotonic() - began) * 1000 / len(rules))
    return frozenset((segment, customer) for segment, theirs in found.items() for customer in theirs)


def _note(found: Mapping[int, set[int]], customers: int, now: datetime, milliseconds: float) -> None:
    """What a batch cost each segment: its share of the statement that asked for all."""
    for segment, theirs in found.items():
        note_seldom(
            segment=segment, kind="batch", at=now, customers=customers, rows=len(theirs), milliseconds=milliseconds
        )


def _one_by_one(rules: Mapping[int, Rule], customers: Collection[int], around: Surroundings) -> Matches:
    """Find the rule that fails: each on its own, after the statement over all of them failed."""
    true: set[tuple[int, int]] = set()
    answered: set[int] = set()
    for segment, rule in rules.items():
        try:
            true |= _ask({segment: rule}, customers, around)
            answered.add(segment)
        except BROKEN as error:
            stop(segment, error)
    return Matches(frozenset(true), frozenset(answered))


def _parsed(standings: Collection[Standing]) -> dict[int, Rule]:
    """The rules of the live versions; one that is no rule any more stops its segment."""
    rules: dict[int, Rule] = {}
    versions = {one.id: (one.version_id, one.rule_hash) for one in standings if one.version_id is not None}
    for segment, rule in rules_of(versions).items():
        if isinstance(rule, RuleError):
            stop(segment, rule)
        else:
            rules[segment] = rule
    return rules


def stop(segment: int, error: Exception) -> None:
    """Say at the segment why its rule cannot be evaluated. Its membership stays as it is until that is mended."""
    Segment.objects.filter(pk=segment).update(error=str(error))
    log.error("Segment %s stopped: %s", segment, error)
