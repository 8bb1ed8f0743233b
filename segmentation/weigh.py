"""Whether a rule is too heavy for the live path, told before it is published by what it costs, and why.

The rule is asked of the customers seen last, as a batch asks it, and of the clock, as a sweep does; what takes too much
is asked again condition by condition, so that the reason names the one to change. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer
from segmentation.compiler.burden import reads_everything
from segmentation.compiler.select import batch
from segmentation.compiler.strips import strips
from segmentation.compiler.thresholds import threshold
from segmentation.engines.postgres import Measured, measure
from segmentation.queries.surroundings import surroundings
from segmentation.rules.describe import phrase
from segmentation.rules.nodes import Group, Node, Percentile, Rule
from segmentation.rules.walk import at, walk


@dataclass(frozen=True)
class Limits:
    """How heavy a rule may be. docs/engine.md gives the reason for each number."""

    customers: int = 200
    events_each: int = 1000
    rows_each: int = 5000
    longest_ms: int = 2000
    strip: timedelta = timedelta(seconds=10)
    ranking_ms: int = 10_000
    conditions: int = 12


LIMITS = Limits()


@dataclass(frozen=True)
class Burden:
    """One reason why a rule is too heavy: the pointer of the condition at fault (or of the whole), a sentence, a code."""

    pointer: str
    message: str
    code: str

    def as_dict(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "message": self.message, "code": self.code}


def weigh(*, rule: Rule, now: datetime, limits: Limits | None = None) -> list[Burden]:
    """Why the rule is too heavy for the live path; empty for one that is not."""
    scale = _Scale(rule, now, limits or LIMITS)
    return [*scale.everything(), *scale.batch(), *scale.sweep(), *scale.thresholds()]


class _Scale:
    """One rule on the scale."""

    def __init__(self, rule: Rule, now: datetime, limits: Limits) -> None:
        self._rule, self._now, self._limits = rule, now, limits
        # A first version's threshold is not stored yet, and costs the live path nothing: it is a number by then.
        stored = surroundings([rule], now=now, stored_thresholds=True)
        missing = dict.fromkeys(node for _, node in self._conditions() if isinstance(node, Percentile))
        self._around = replace(stored, thresholds={**missing, **(stored.thresholds or {})})

    def everything(self) -> Iterator[Burden]:
        """Conditions that read all there is of a customer, each time anything happens."""
        for pointer, node in self._conditions():
            if reads_everything(node, self._around):
                yield Burden(
                    pointer,
                    f"“{phrase(node)}” reads every event a customer ever had, and again with each new one: it gets slower"
                    " every day. Name the events, or give it a window.",
                    "reads_everything",
                )

    def batch(self) -> Iterator[Burden]:
        """What it takes to ask the customers who were seen last."""
        customers, limits = _seen_last(self._limits.customers), self._limits
        if not customers:
            return
        # Once more where it was too slow: the first time may have read from the disk what the live path has at hand.
        found = self._batch(self._rule, customers) or self._batch(self._rule, customers)
        many = f"Asking the {len(customers):,} customers seen last"
        if found is None:
            code, what = "slow_batch", f"did not end in {_seconds(limits.longest_ms)}"
        elif found.events > limits.events_each * len(customers):
            code, what = "many_events", f"reads {found.events:,} events, {found.events // len(customers):,} of each"
        elif found.rows > limits.rows_each * len(customers):
            code, what = "many_rows", f"takes {found.rows:,} steps, {found.rows // len(customers):,} for each"
        else:
            return
        pointer, most = self._heaviest(customers)
        yield Burden(pointer, f"{many} {what}: with every event of theirs that would be done again.{most}", code)

    def sweep(self) -> Iterator[Burden]:
        """What it takes to find whom the clock alone moves."""
        statement, longest = (
            strips(self._rule, self._around, self._now - self._limits.strip, self._now),
            self._limits.longest_ms,
        )
        if (measure(statement, longest=longest) or measure(statement, longest=longest)) is None:
            message = f"Finding whom the clock moves did not end in {_seconds(longest)}, and the clock is swept every few seconds."
            yield Burden("/include", message, "slow_sweep")

    def thresholds(self) -> Iterator[Burden]:
        """What it takes to rank everybody, which is done every half hour."""
        fresh, longest = surroundings([self._rule], now=self._now, stored_thresholds=False), self._limits.ranking_ms
        for pointer, node in self._conditions():
            if isinstance(node, Percentile) and measure(threshold(node, fresh), longest=longest) is None:
                message = f"Ranking everybody for “{phrase(node)}” did not end in {_seconds(longest)}, and is done every half hour."
                yield Burden(pointer, message, "slow_threshold")

    def _conditions(self) -> Iterator[tuple[str, Node]]:
        return ((pointer, node) for pointer, node, _ in walk(self._rule) if not isinstance(node, Group))

    def _batch(self, rule: Rule, customers: Sequence[int]) -> Measured | None:
        return measure(batch({0: rule}, self._around, customers), longest=self._limits.longest_ms)

    def _heaviest(self, customers: Sequence[int]) -> tuple[str, str]:
        """The pointer of the condition that costs most when it is asked alone, and a sentence that names it."""
        asked = list(self._conditions())[: self._limits.conditions]
        if len(asked) == 1:
            return asked[0][0], ""
        cost: dict[str, float] = {}
        for pointer, node in asked:
            found = self._batch(Rule(Group("all", (node,))), customers)
            cost[pointer] = float("inf") if found is None else found.rows
        heaviest = max(cost, key=lambda pointer: cost[pointer], default="/include")
        return heaviest, f" Most of it is “{phrase(at(self._rule, heaviest))}”."


def _seen_last(many: int) -> list[int]:
    """The customers whom the next events most likely come from."""
    active = Customer.objects.filter(last_seen_at__isnull=False).order_by("-last_seen_at", "-pk")
    return list(active.values_list("pk", flat=True)[:many])


def _seconds(milliseconds: float) -> str:
    """A length of time as a sentence has it."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"
