"""Stage 4 of 8: govern.

Takes: the segments one customer qualifies for, and the portfolio (ranks, groups, exclusions, full stops).
Leaves: verdicts, in the transaction: active, or suppressed with what suppressed it.
Safe to repeat because: a pure function of its input.
Next: record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property


@dataclass(frozen=True)
class Portfolio:
    """The live segments in their total order, and who may not speak beside whom. Segments are named by their id.

    `ranks` holds live segments only (1 is the highest); a segment without a rank is not governed. `excludes` maps a
    segment to those it silences while active; one that does not rank below it is ignored.
    """

    ranks: Mapping[int, int]
    groups: tuple[frozenset[int], ...] = ()
    excludes: Mapping[int, frozenset[int]] = field(default_factory=dict)
    full_stops: frozenset[int] = frozenset()

    @cached_property
    def silences(self) -> dict[int, frozenset[int]]:
        """By segment: the others that cannot be active beneath it while it is active; full stops not counted."""
        silenced: dict[int, set[int]] = {upper: set(lower) for upper, lower in self.excludes.items()}
        for group in self.groups:
            for segment in group:
                silenced.setdefault(segment, set()).update(group)
        return {segment: frozenset(others - {segment}) for segment, others in silenced.items()}

    @cached_property
    def circles(self) -> dict[int, frozenset[int]]:
        """By ranked segment: those whose verdicts may depend on whether a customer is in it, and on whom its own may
        depend, with itself. Nobody outside a circle has a say in it, so each can be governed alone."""
        beside: dict[int, set[int]] = {segment: {segment} for segment in self.ranks}
        for upper, silenced in self.silences.items():
            for lower in (silenced & self.ranks.keys()) if upper in self.ranks else ():
                beside[upper].add(lower)
                beside[lower].add(upper)
        for stop in self.full_stops:
            for lower in (one for one in self.ranks if self.ranks[one] > self.ranks[stop]):
                beside[stop].add(lower)
                beside[lower].add(stop)
        circles: dict[int, frozenset[int]] = {}
        for segment in self.ranks:
            if segment not in circles:
                circle = _reached(segment, beside)
                circles.update(dict.fromkeys(circle, circle))
        return circles

    def linked(self, one: int, other: int) -> bool:
        """Whether it matters which of the two ranks above: one can silence the other, or both a third, and it is the
        higher one that is named."""
        first, second = self.silences.get(one, frozenset()), self.silences.get(other, frozenset())
        if other in first or one in second or first & second:
            return True
        return one in self.full_stops or other in self.full_stops

    def regrouped(self, held: Collection[int], together: Collection[int]) -> Portfolio:
        """The portfolio with one group (`held`) holding others instead; one that holds nobody is none."""
        groups, old = list(self.groups), frozenset(held) & self.ranks.keys()
        if old in groups:
            groups.remove(old)
        return replace(self, groups=(*groups, frozenset(together) & self.ranks.keys()))

    def excluding(self, upper: int, lower: Collection[int]) -> Portfolio:
        """The portfolio with a segment excluding exactly these."""
        others = {segment: excluded for segment, excluded in self.excludes.items() if segment != upper}
        mine = {upper: frozenset(lower) & self.ranks.keys()} if upper in self.ranks else {}
        return replace(self, excludes=others | mine)

    def stopped(self, segment: int, *, full: bool) -> Portfolio:
        """The portfolio with a segment being a full stop, or none."""
        mine = frozenset({segment}) & self.ranks.keys()
        return replace(self, full_stops=self.full_stops | mine if full else self.full_stops - mine)


def _reached(start: int, beside: Mapping[int, Iterable[int]]) -> frozenset[int]:
    """All that can be reached from one by going from neighbour to neighbour."""
    reached, waiting = {start}, [start]
    while waiting:
        new = set(beside[waiting.pop()]) - reached
        reached |= new
        waiting.extend(new)
    return frozenset(reached)


def govern(*, qualified: Iterable[int], portfolio: Portfolio) -> dict[int, int | None]:
    """Return for each governed segment of `qualified` the segment that suppresses it, or None where it is active.

    Of several causes it is the highest-ranking. Nothing above an active segment is touched by it, so the answer is
    unique and does not depend on the order in which segments were entered.
    """
    ranks = portfolio.ranks
    silenced_by: dict[int, int] = {}
    full_stop: int | None = None
    verdicts: dict[int, int | None] = {}
    for segment in sorted((one for one in set(qualified) if one in ranks), key=ranks.__getitem__):
        causes = [cause for cause in (silenced_by.get(segment), full_stop) if cause is not None]
        verdicts[segment] = min(causes, key=ranks.__getitem__, default=None)
        if verdicts[segment] is not None:
            continue
        for other in portfolio.silences.get(segment, ()):
            silenced_by.setdefault(other, segment)
        if full_stop is None and segment in portfolio.full_stops:
            full_stop = segment
    return verdicts
