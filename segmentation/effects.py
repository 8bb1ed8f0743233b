"""What a draft would do: who would enter and who would leave, and who misses a rule by one condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from segmentation.compiler.select import members
from segmentation.compiler.statement import Statement
from segmentation.engines.postgres import rows
from segmentation.models import Segment
from segmentation.queries.surroundings import surroundings
from segmentation.rules.nodes import Group, Node, Rule

MOST_CONDITIONS = 8


@dataclass(frozen=True)
class Effect:
    """Sizes after and between: how many the rule holds for, how many of them are new, how many members it drops."""

    size: int
    enter: int
    leave: int


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

_MISSED = """SELECT id FROM ({wider}) wider WHERE id NOT IN ({members}) LIMIT {many}"""


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
    """Customers whom one condition alone keeps out, with that condition's pointer; a few of each condition.

    Only where all conditions have to hold is there a single one to miss. A rule of more than MOST_CONDITIONS gives
    none: each condition costs one pass over everyone.
    """
    widened = list(_widened(rule))
    if len(widened) > MOST_CONDITIONS:
        return []
    each = -(-many // max(len(widened), 1))
    around = surroundings([rule], now=now, stored_thresholds=False)
    own = members(rule, around)
    missed: dict[int, str] = {}
    for pointer, wider in widened:
        for customer in _missing(members(wider, around), own, each + len(missed)):
            missed.setdefault(customer, pointer)
    return list(missed.items())[:many]


def _widened(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule without one of its conditions, for each of them."""
    if rule.include.op == "all":
        for index, _ in enumerate(rule.include.conditions):
            without = Group("all", _left_out(rule.include.conditions, index))
            yield f"/include/conditions/{index}", replace(rule, include=without)
    if rule.exclude is not None and rule.exclude.op == "any":
        for index, _ in enumerate(rule.exclude.conditions):
            without = Group("any", _left_out(rule.exclude.conditions, index))
            yield f"/exclude/conditions/{index}", replace(rule, exclude=without)


def _left_out(conditions: tuple[Node, ...], index: int) -> tuple[Node, ...]:
    return conditions[:index] + conditions[index + 1 :]


def _missing(wider: Statement, own: Statement, many: int) -> list[int]:
    """Ids that the wider rule has and the own one has not. The two statements name their values alike: one is renamed."""
    parameters = dict(own.parameters)
    sql = wider.sql
    for name, value in wider.parameters.items():
        sql = sql.replace(f"%({name})s", f"%(wider_{name})s")
        parameters[f"wider_{name}"] = value
    whole = _MISSED.replace("{wider}", sql).replace("{members}", own.sql).replace("{many}", str(int(many)))
    return [row[0] for row in rows(Statement(whole, parameters))]
