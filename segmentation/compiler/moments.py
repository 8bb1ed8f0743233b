"""One customer at many instants in one statement: what the clock will say, asked of the same conditions.

Whatever a condition takes from the instant becomes a column of a table of instants `i`, and the statement about the
customer is run beside each of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlglot import exp

from segmentation.compiler.select import Shape, facts_query, shape, some
from segmentation.compiler.sql import Expression, aliased, call, cast, column, word
from segmentation.compiler.statement import (
    Anniversaries,
    Compiled,
    Earliest,
    Instant,
    Late,
    Moment,
    Parameters,
    Statement,
    Today,
    finished,
)
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Node

_BY_THE_CLOCK = (Instant, Earliest, Today, Anniversaries)


@dataclass(frozen=True)
class AtEach(Late):
    """The value at each of the statement's instants; a list of days as one text, since arrays nest badly."""

    value: Late

    def resolve(self, moment: Moment) -> list[Any]:
        found = [self.value.resolve(Moment(moment.surroundings.at(at))) for at in moment.instants]
        return [",".join(each) if isinstance(each, list) else each for each in found]


@dataclass(frozen=True)
class Instants(Late):
    def resolve(self, moment: Moment) -> list[datetime]:
        return list(moment.instants)


@dataclass
class Clocked(Parameters):
    """Parameters that take what depends on the instant from the table of instants."""

    columns: dict[Late, tuple[str, str]] = field(default_factory=dict)

    @property
    def stand_still(self) -> bool:
        """Every table is another one at each instant."""
        return False

    def add(self, value: Any, type_: str) -> Expression:
        if not isinstance(value, _BY_THE_CLOCK):
            return super().add(value, type_)
        array = type_.endswith("[]")
        name, _ = self.columns.setdefault(value, (f"i{len(self.columns) + 1}", "text" if array else type_))
        found = column(name, "i")
        return call("string_to_array", found, word(",")) if array else cast(found, type_)


def truths_at(
    nodes: Sequence[Node], surroundings: Surroundings, customer: int, instants: Sequence[datetime]
) -> Statement:
    """Rows `(at, customer_id, t0, v0, t1, v1, …)`: `select.truths` of one customer at each of the instants, rising."""
    compiled = _truths_at(tuple(nodes), shape(surroundings))
    return compiled.bind(Moment(surroundings, (customer,), instants=instants))


@lru_cache(maxsize=128)
def _truths_at(nodes: tuple[Node, ...], shape: Shape) -> Compiled:
    parameters = Clocked()
    about = facts_query(nodes, some(shape, parameters), shape)
    lists = [Parameters.add(parameters, Instants(), "timestamptz[]")]
    for value, (_, type_) in parameters.columns.items():
        lists.append(Parameters.add(parameters, AtEach(value), f"{type_}[]"))
    names = ["at", *(name for name, _ in parameters.columns.values())]
    instants = exp.Table(
        this=call("unnest", *lists),
        alias=exp.TableAlias(this=exp.to_identifier("i"), columns=[exp.to_identifier(name) for name in names]),
    )
    beside = exp.Lateral(
        this=exp.Subquery(this=about), alias=exp.TableAlias(this=exp.to_identifier("answered")), view=False
    )
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("answered"))
    query = exp.select(aliased(column("at", "i"), "at"), every, copy=False).from_(instants, copy=False)
    query = query.join(beside, join_type="cross", copy=False).order_by(column("at", "i"), copy=False)
    return finished(query, parameters)
