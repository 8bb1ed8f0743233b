"""The statement behind an evaluation that is kept: as it ran, or, for batches and sweeps, as its rule asks it alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlglot
from sqlglot.errors import SqlglotError

from segmentation.compiler.select import batch
from segmentation.compiler.strips import strips_of
from segmentation.engines.statistics import MOST_TEXT
from segmentation.matches import BROKEN
from segmentation.models import EngineRun
from segmentation.queries.live_rules import rules_of
from segmentation.queries.surroundings import surroundings
from segmentation.rules.faults import RuleError

# The stretch of time between two sweeps, for the text of a sweep's statement.
STRETCH = timedelta(seconds=5)


def statement_of(*, run: EngineRun, now: datetime) -> str:
    """The SQL of a run. A batch or a sweep asks many rules in one statement, whose text is not kept: this is the part
    of the segment's live rule. Empty where there is none any more."""
    if run.statement:
        return _readable(run.statement)
    version = run.segment.live_version
    if version is None or run.kind not in ("batch", "sweep"):
        return ""
    try:
        rule = rules_of({run.segment_id: (version.pk, version.rule_hash)})[run.segment_id]
        if isinstance(rule, RuleError):
            return ""
        around = surroundings([rule], now=now, stored_thresholds=True)
        rules = {run.segment_id: rule}
        found = batch(rules, around, []) if run.kind == "batch" else strips_of(rules, around, now - STRETCH, now)
    except BROKEN:
        return ""
    return _readable(found.sql[:MOST_TEXT])


def _readable(sql: str) -> str:
    """The statement over several lines; one that was cut off stays as it is."""
    try:
        return sqlglot.transpile(sql, read="postgres", write="postgres", pretty=True)[0]
    except SqlglotError:
        return sql
