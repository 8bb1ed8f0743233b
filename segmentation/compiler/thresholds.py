"""The threshold of one percentile condition as a statement of its own, for those that are stored."""

from __future__ import annotations

from segmentation.compiler import percentiles
from segmentation.compiler.conditions import Conditions
from segmentation.compiler.scopes import Everyone
from segmentation.compiler.select import shape
from segmentation.compiler.statement import Moment, Parameters, Statement, finished
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Percentile


def threshold(node: Percentile, surroundings: Surroundings) -> Statement:
    """One row of one number: the threshold over all customers at the instant; NULL where nobody has the value."""
    scope = Everyone(shape(surroundings).catalogue, Parameters())
    query = percentiles.threshold(node, scope, Conditions(scope).value(node.key))
    return finished(query, scope.parameters).bind(Moment(surroundings))
