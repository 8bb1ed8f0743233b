"""Governance and hysteresis by the letter of docs/governance.md: who is in what, in which state, and what the log says of it.

A ledger knows no table of membership and none of the product's own smoothing or verdicts. It is told what people do with
segments and when customers are looked at; rules are asked of the reference evaluator. Every change it expects comes with
the causes that would be true to say.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from segmentation.rules.nodes import Rule
from tests.flow.literal import lasting
from tests.reference.evaluator import matches
from tests.reference.world import Change, Customer, World

NONE = timedelta(0)
# A cause: its kind and what it names.
Causes = frozenset[tuple[str, str]]
# By segment and customer: the causes of the question.
Asked = dict[str, dict[int, Causes]]


@dataclass
class Stay:
    """Somebody is in a segment."""

    since: datetime
    suppressed_by: str | None = None
    false_since: datetime | None = None

    @property
    def state(self) -> str:
        return "active" if self.suppressed_by is None else "suppressed"


@dataclass
class Segment:
    """One segment of the portfolio."""

    status: str = "live"
    rule: Rule | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    smooth: Mapping[str, Any] = field(default_factory=dict)

    def wait(self, setting: str) -> timedelta:
        return lasting(self.smooth.get(setting))

    def mentions(self, *, words: str) -> bool:
        return words in json.dumps(self.document)


@dataclass(frozen=True)
class Line:
    """One line that the change log has to have, with the causes of which it has to name one."""

    segment: str
    customer: int
    kind: str
    state: str
    at: datetime
    version: int
    suppressed_by: str | None
    silent: bool
    causes: Causes = field(compare=False)


@dataclass(frozen=True)
class Move:
    """An entry or an exit, before it is governed."""

    segment: str
    customer: int
    kind: str
    causes: Causes


class Ledger:
    def __init__(self) -> None:
        self.order: list[str] = []
        self.segments: dict[str, Segment] = {}
        self.groups: dict[str, set[str]] = {}
        self.excludes: dict[str, set[str]] = {}
        self.stops: set[str] = set()
        self.stays: dict[tuple[str, int], Stay] = {}
        self.left: dict[tuple[str, int], datetime] = {}
        self.log: list[Line] = []

    def live(self) -> list[str]:
        """The live segments in their order."""
        return [slug for slug in self.order if self.segments[slug].status == "live"]

    def silences(self, upper: str, lower: str) -> bool:
        """Whether `upper`, active, keeps `lower` beneath it from being so."""
        together = any({upper, lower} <= group for group in self.groups.values())
        return together or lower in self.excludes.get(upper, ()) or upper in self.stops

    def verdicts(self, qualified: Collection[str]) -> dict[str, str | None]:
        """What suppresses each of the live segments that a customer qualifies for: the highest-ranking cause."""
        found: dict[str, str | None] = {}
        for slug in self.live():
            if slug in qualified:
                active = [one for one, suppressor in found.items() if suppressor is None]
                found[slug] = next((one for one in active if self.silences(one, slug)), None)
        return found

    def held(self, customer: int) -> dict[str, Stay]:
        return {slug: stay for (slug, who), stay in self.stays.items() if who == customer}

    def customers(self) -> set[int]:
        return {customer for _, customer in self.stays}

    # What people do with the portfolio

    def regovern(self, *, now: datetime, cause: tuple[str, str]) -> None:
        """The settings changed: nobody enters or leaves, everybody gets the verdicts of the portfolio as it now is."""
        for customer in sorted(self.customers()):
            self._turn(customer, {}, now=now, otherwise=frozenset({cause}))

    def archive(self, slug: str, *, now: datetime) -> None:
        """It takes no part any more, then all its members leave."""
        cause = ("governance", slug)
        self.segments[slug].status = "archived"
        self.regovern(now=now, cause=cause)
        for owner, customer in [key for key in self.stays if key[0] == slug]:
            self._write(Move(owner, customer, "exited", frozenset({cause})), self.stays.pop((owner, customer)), now)
            self.left[owner, customer] = now
        self.order.remove(slug)
        self.stops.discard(slug)
        self.groups = {name: left for name, group in self.groups.items() if (left := group - {slug})}
        self.excludes = {upper: lower - {slug} for upper, lower in self.excludes.items() if upper != slug}

    # Looks at customers

    def look(
        self, asked: Asked, *, world: World, now: datetime, given: Sequence[Move] = (), silent: bool = False
    ) -> None:
        """Ask rules of customers at an instant; readers of a segment are asked of whoever moved in it, for its cause."""
        asked = {slug: dict(kept) for slug, kept in asked.items()}
        moves = list(given)
        people = {int(one.id): one for one in world.customers}
        for slug in sorted(self.live(), key=self._depth):
            for customer, causes in sorted(asked.get(slug, {}).items()):
                if customer in people and (move := self._settle(slug, people[customer], causes, moves, world, now)):
                    moves.append(move)
                    self._ask_readers(move, asked)
        for customer in sorted({move.customer for move in moves}):
            mine = {move.segment: move for move in moves if move.customer == customer}
            self._turn(customer, mine, now=now, otherwise=frozenset(), silent=silent)

    def _depth(self, slug: str) -> int:
        return int(self.segments[slug].mentions(words='"type": "segment"'))

    def _ask_readers(self, move: Move, asked: Asked) -> None:
        for reader in self.live():
            if self.segments[reader].mentions(words=f'"segment": "{move.segment}"'):
                whom = asked.setdefault(reader, {})
                whom[move.customer] = whom.get(move.customer, frozenset()) | move.causes

    def _settle(
        self, slug: str, customer: Customer, causes: Causes, moves: Iterable[Move], world: World, now: datetime
    ) -> Move | None:
        """The rule's answer, smoothed: a move or none."""
        segment, who = self.segments[slug], int(customer.id)
        assert segment.rule is not None
        true = matches(segment.rule, self._with_changes(customer, moves, now), now=now, world=world)
        stay = self.stays.get((slug, who))
        if stay is None:
            return self._outside(slug, who, causes, now) if true else None
        if true:
            stay.false_since = None
            return None
        return self._inside(slug, who, stay, causes, now)

    def _with_changes(self, customer: Customer, moves: Iterable[Move], now: datetime) -> Customer:
        """The customer with the entries and exits of this log, those of this look included."""
        who = int(customer.id)
        known = [Change(one.segment, one.kind, one.at) for one in self.log if one.customer == who]
        mine = [Change(move.segment, move.kind, now) for move in moves if move.customer == who]
        return replace(customer, changes=[one for one in known + mine if one.kind in ("entered", "exited")])

    def _outside(self, slug: str, who: int, causes: Causes, now: datetime) -> Move | None:
        """The rule holds for somebody outside: no entry before the pause is over."""
        left, pause = self.left.get((slug, who)), self.segments[slug].wait("re_entry_pause")
        if left is not None and now < left + pause:
            return None
        return Move(slug, who, "entered", causes)

    def _inside(self, slug: str, who: int, stay: Stay, causes: Causes, now: datetime) -> Move | None:
        """The rule does not hold for somebody inside: no exit before minimum stay and grace are over."""
        segment = self.segments[slug]
        waited = stay.false_since is not None
        stay.false_since = stay.false_since or now
        ends = {
            "min_stay": stay.since + segment.wait("min_stay"),
            "exit_grace": stay.false_since + segment.wait("exit_grace"),
        }
        if now < max(ends.values()):
            return None
        if waited:
            decided = {name for name, end in ends.items() if end == max(ends.values()) and segment.wait(name)}
            causes = frozenset(("clock", name) for name in decided) or causes
        return Move(slug, who, "exited", causes)

    # Verdicts and the log

    def _turn(
        self, customer: int, moves: Mapping[str, Move], *, now: datetime, otherwise: Causes, silent: bool = False
    ) -> None:
        """Make a customer's moves, and find all verdicts of them again.

        A change of verdict has the cause of what brought it about: of the move, or in turn the verdict, of the segment
        that suppresses now or did before; `otherwise` where nothing moved.
        """
        known: dict[str, Causes] = {}
        for slug, move in moves.items():
            known[slug] = move.causes
            if move.kind == "exited":
                self._write(move, self.stays.pop((slug, customer)), now, silent=silent)
                self.left[slug, customer] = now
            else:
                self.stays[slug, customer] = Stay(now)
        held = self.held(customer)
        for slug, suppressor in self.verdicts(held).items():
            stay, entered = held[slug], slug in moves
            before, stay.suppressed_by = stay.suppressed_by, suppressor
            if entered:
                self._write(moves[slug], stay, now, silent=silent)
            elif (before is None) != (suppressor is None):
                known[slug] = known.get(suppressor or before or "", otherwise)
                kind = "suppressed" if suppressor else "released"
                self._write(Move(slug, customer, kind, known[slug]), stay, now, silent=silent)

    def _write(self, move: Move, stay: Stay, now: datetime, *, silent: bool = False) -> None:
        version = self.segments[move.segment].version
        self.log.append(
            Line(
                move.segment,
                move.customer,
                move.kind,
                stay.state,
                now,
                version,
                stay.suppressed_by,
                silent,
                move.causes,
            )
        )
