"""What speaks against publishing a draft as it is: far too many, too few, or much the same people as another segment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from segmentation.compiler.select import members
from segmentation.compiler.statement import Statement
from segmentation.effects import Effect
from segmentation.engines.postgres import rows
from segmentation.findings.sizes import too_broad, too_small
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.base import ALIKE
from segmentation.queries.surroundings import surroundings
from segmentation.rules.nodes import Rule

_SHARED = """
WITH found AS MATERIALIZED ({members}),
shared AS (
    SELECT held.segment_id, count(*) AS many FROM found JOIN segmentation_membership held ON held.customer_id = found.id
    WHERE held.segment_id = ANY(%(shared_segments)s) GROUP BY held.segment_id)
SELECT segment_id, many FROM shared WHERE many > %(shared_least)s ORDER BY many DESC LIMIT 5"""


def cautions(*, rule: Rule, segment: Segment, effect: Effect, base: int, now: datetime) -> list[str]:
    """Sentences, each with its number."""
    return [*_of_size(effect.size, base), *_overlaps(rule, segment, effect.size, base, now)]


def _of_size(size: int, base: int) -> Iterator[str]:
    if size == 0:
        yield "Nobody would be in it."
    elif too_small(size):
        yield f"Only {size:,} would be in it: too few to tell what a message did."
    elif too_broad(size, base):
        yield f"It would hold {size / base:.0%} of all customers: a message to everybody is no segment. Narrow the rule."


def _overlaps(rule: Rule, segment: Segment, size: int, base: int, now: datetime) -> Iterator[str]:
    """Live segments that almost everybody of this one is in already."""
    others = {one.pk: one for one in Segment.objects.filter(status=Status.LIVE).exclude(pk=segment.pk)}
    if not others or not size or too_small(size) or too_broad(size, base):
        return
    statement = members(rule, surroundings([rule], now=now, stored_thresholds=False))
    parameters = {**statement.parameters, "shared_segments": list(others), "shared_least": ALIKE * size}
    for pk, many in rows(Statement(_SHARED.replace("{members}", statement.sql), parameters)):
        other = others[pk]
        yield f"{many / size:.0%} of them are also in “{other.name}”{_place(segment, other)}: {many:,} customers."


def _place(segment: Segment, other: Segment) -> str:
    """Which of the two speaks first; empty where that is not settled."""
    if segment.rank is None or other.rank is None:
        return ""
    return ", which ranks above" if other.rank < segment.rank else ", which ranks below"
