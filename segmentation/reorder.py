"""Two orders of the same segments: which of them really moved, and the same moves made in a third order. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The fewest segments that have to be moved to come from one order to the other, in the order they have after."""
    stays = set(_common(before, after))
    return [one for one in after if one not in stays]


def rebased(*, known: Sequence[str], wanted: Sequence[str], stored: Sequence[str]) -> list[str]:
    """The stored order with the moves that lead from the known one to the wanted one.

    Each moved segment goes behind the one that it stands behind in the wanted order; what only the stored order has keeps
    its place.
    """
    moves = [one for one in moved(known, wanted) if one in stored]
    order = [one for one in stored if one not in moves]
    for one in moves:
        above = [other for other in wanted[: wanted.index(one)] if other in order]
        order.insert(order.index(above[-1]) + 1 if above else 0, one)
    return order


def _common(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The longest run of segments that stand in the same order in both (not necessarily side by side). Of several the one
    that ends last stays, so that of two that changed places it is the upper one that moved."""
    place = {one: index for index, one in enumerate(before)}
    best: list[list[str]] = []
    for one in after:
        if one in place:
            shorter = [run for run in best if place[run[-1]] < place[one]]
            best.append([*max(reversed(shorter), key=len, default=[]), one])
    return max(reversed(best), key=len, default=[])
