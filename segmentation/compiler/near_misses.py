"""A rule to the customers whom exactly one of its steps keeps out, in one pass over everybody."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from segmentation.compiler.conditions import Conditions
from segmentation.compiler.scopes import PERSON
from segmentation.compiler.select import Shape, everyone, people, shape, steps
from segmentation.compiler.sql import Expression, aliased, column, compared, is_true, not_, number, plus, when
from segmentation.compiler.statement import Compiled, Moment, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Rule

ASKED = "asked"


def near_misses(rule: Rule, surroundings: Surroundings, *, many: int) -> Statement:
    """At most `many` rows `(id, held…)`: for each step of `steps` whether the customer passes it; all but one are true."""
    return _near_misses(rule, shape(surroundings), many).bind(Moment(surroundings))


@lru_cache(maxsize=256)
def _near_misses(rule: Rule, shape: Shape, many: int) -> Compiled:
    scope = everyone(shape)
    conditions = Conditions(scope, fresh=shape.fresh)
    columns = [aliased(column("id", PERSON), "id")]
    failed: Expression = number(0)
    for index, (pointer, node) in enumerate(steps(rule)):
        truth = conditions.truth(node)
        columns.append(aliased(is_true(not_(truth) if pointer == "/exclude" else truth), f"step{index}"))
        failed = plus(failed, when(column(f"step{index}", ASKED), number(0), number(1)))
    inner = exp.Subquery(this=people(scope, *columns), alias=exp.TableAlias(this=exp.to_identifier(ASKED)))
    query = exp.select(exp.Star(), copy=False).from_(inner, copy=False)
    query = query.where(compared(failed, "eq", number(1)), copy=False).limit(many, copy=False)
    return finished(query, scope.parameters)
