"""What a condition makes the live path read, as the compiler itself sees it."""

from __future__ import annotations

from segmentation.compiler import events
from segmentation.compiler.conditions import Conditions
from segmentation.compiler.scopes import Batch
from segmentation.compiler.select import shape
from segmentation.compiler.surroundings import Surroundings
from segmentation.rules.nodes import Node


class _Watched(Batch):
    """A batch that tells what was asked of it."""

    def all_was_asked_for(self) -> bool:
        return events.ANY_NAME in self._ever


def reads_everything(node: Node, surroundings: Surroundings) -> bool:
    """Whether the condition goes over every event that a customer ever had, of whatever name: what neither the running
    totals nor a window answer."""
    made = shape(surroundings)
    scope = _Watched(made.catalogue, at_past=made.at_past, totals=made.totals)
    Conditions(scope, fresh=made.fresh).truth(node)
    return scope.all_was_asked_for()
