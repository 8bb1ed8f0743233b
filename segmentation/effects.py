"""What a draft would do: who would enter and who would leave, and who misses a rule by one of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from segmentation.compiler.near_misses import near_misses as compiled_near_misses
from segmentation.compiler.select import members, steps
from segmentation.compiler.statement import Statement
from segmentation.engines.postgres import rows
from segmentation.models import Segment
from segmentation.queries.surroundings import surroundings
from segmentation.rules.nodes import Rule

# So many who miss by one are looked at before a few of each kind are taken.
LOOKED_AT = 500


@dataclass(frozen=True)
class Effect:
    """Sizes after and between: how many the rule holds for, how many of them are new, how many members it drops."""

    size: int
    enter: int
    leave: int

    @property
    def moved(self) -> int:
        return self.enter + self.leave


_EFFECT = """
WITH found AS MATERIALIZED ({members}),
stored AS MATERIALIZED (SELECT customer_id AS id FROM segmentation_membership WHERE segment_id = %(effect_segment)s)
SELECT (SELECT count(*) FROM found),
    (SELECT count(*) FROM found WHERE id NOT IN (SELECT id FROM stored)),
    (SELECT count(*) FROM stored WHERE id NOT IN (SELECT id FROM found))"""

_MOVERS = """
WITH found AS MATERIALIZED ({members}),
stored AS MATERIALIZED (SELECT customer_id AS id FROM segmentation_membership WHERE segment_id = %(effect_segment)s)
(SELECT true, id FROM (SELECT id FROM found EXCEPT SELECT id FROM stored) entering ORDER BY id LIMIT {many})
UNION ALL
(SELECT false, id FROM (SELECT id FROM stored EXCEPT SELECT id FROM found) leaving ORDER BY id LIMIT {many})"""


def effect_of(*, rule: Rule, segment: Segment, now: datetime) -> Effect:
    """How the rule compares with the stored membership of the segment, before its hysteresis smooths that."""
    statement = members(rule, surroundings([rule], now=now, stored_thresholds=False))
    (found,) = _run(_EFFECT, statement, segment)
    return Effect(*found)


def movers_of(*, rule: Rule, segment: Segment, now: datetime, many: int = 5) -> tuple[list[int], list[int]]:
    """A few customers who would enter, and a few who would leave."""
    statement = members(rule, surroundings([rule], now=now, stored_thresholds=False))
    found = _run(_MOVERS.replace("{many}", str(int(many))), statement, segment)
    return [id_ for enters, id_ in found if enters], [id_ for enters, id_ in found if not enters]


def _run(sql: str, statement: Statement, segment: Segment) -> list[tuple[int, ...]]:
    parameters = {**statement.parameters, "effect_segment": segment.pk}
    return rows(Statement(sql.replace("{members}", statement.sql), parameters))


def near_misses(*, rule: Rule, now: datetime, many: int = 10) -> list[tuple[int, str]]:
    """Customers whom one step of the rule alone keeps out, with that step's pointer; of each step about as many."""
    asked = steps(rule)
    if not asked:
        return []
    around = surroundings([rule], now=now, stored_thresholds=False)
    missed: dict[str, list[int]] = {pointer: [] for pointer, _ in asked}
    for customer, *held in rows(compiled_near_misses(rule, around, many=LOOKED_AT)):
        missed[asked[held.index(False)][0]].append(customer)
    in_turn = zip_longest(*([(customer, pointer) for customer in found] for pointer, found in missed.items()))
    return [pair for turn in in_turn for pair in turn if pair is not None][:many]
