"""Conflicts: pairs of live segments whose cards or journeys disagree (docs/governance.md has the exact meaning).

Ranked are those that governance leaves open: customers hear both, or one segment silences most of the other's audience
while a journey speaks to it. Pairs that disagree and that a setting keeps apart are told as settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from campaigns.journeys.describe import CHANNEL_WORDS
from campaigns.journeys.nodes import Flow
from campaigns.models import Journey
from campaigns.models.journey import Status
from campaigns.queries.flows import flow_of
from campaigns.queries.portfolio import suppressing
from campaigns.queries.sends import Together, close_together, coming_messages
from segmentation.findings.base import counted
from segmentation.models import Exclusion, Segment
from segmentation.queries.live_rules import live_rules
from segmentation.queries.overlap import OverlapReport, Pair, overlap, overlap_of
from segmentation.queries.suppression import groups_by_segment
from segmentation.rules.left_out import segments_left_out
from segmentation.rules.wording import listed

# An exclusion is a conflict where it silences at least this share of a segment that a live journey starts from.
MOSTLY = 0.5
ORDERS = ("customers", "messages")
CODES = ("incentive", "channel", "exclusion", "rule")


@dataclass(frozen=True, slots=True)
class Reason:
    """One way in which two segments disagree: `incentive`, `channel`, `exclusion` or `rule`, and a sentence with its facts."""

    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two segments that disagree, the higher rank first.

    `customers` are those in whom both are active; of an exclusion, those it silences; of a settled one, those in both.
    `messages` go to them in the coming 7 days, from live journeys of the two. `settled` says what keeps the two apart.
    """

    upper: Segment
    lower: Segment
    reasons: tuple[Reason, ...]
    customers: int
    messages: int = 0
    settled: str = ""


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """As of an instant: the conflicts that are open, in their order, and those that governance settles."""

    as_of: datetime
    open: tuple[Conflict, ...]
    settled: tuple[Conflict, ...]


def conflicts(*, now: datetime, folder: str = "", channel: str = "", by: str = "customers") -> ConflictReport:
    """Every conflict of two live segments, or those with one of a folder or a channel, the most customers (messages) first."""
    ground = _Ground(now, overlap(now=now))
    found = [
        conflict
        for pair, active in zip(ground.report.qualified.pairs, ground.report.active.pairs, strict=True)
        if pair.both and _asked(pair, folder, channel)
        if (conflict := _conflict(ground, pair, active)) is not None
    ]
    sizes = {
        "customers": lambda one: (one.customers, one.messages),
        "messages": lambda one: (one.messages, one.customers),
    }
    size = sizes[by if by in ORDERS else "customers"]
    found.sort(key=lambda one: (*(-number for number in size(one)), one.upper.rank or 0, one.lower.rank or 0))
    return ConflictReport(
        now,
        tuple(conflict for conflict in found if not conflict.settled),
        tuple(conflict for conflict in found if conflict.settled),
    )


def conflict_of(upper: Segment, lower: Segment, *, now: datetime) -> Conflict | None:
    """What is wrong between two live segments, the higher rank first; None where they agree, or share nobody."""
    ground = _Ground(now, overlap_of([upper, lower], now=now), among=(upper.pk, lower.pk))
    pair, active = ground.report.qualified.pairs[0], ground.report.active.pairs[0]
    return _conflict(ground, pair, active) if pair.both else None


def incentives_disagree(one: Segment, other: Segment) -> Reason | None:
    """Whether the cards offer different things; a card that offers nothing agrees with every other."""
    if one.incentive == other.incentive or "none" in (one.incentive, other.incentive):
        return None
    offers = f"“{one.name}” offers {_words(one.incentive)}, “{other.name}” {_words(other.incentive)}."
    return Reason("incentive", offers)


def channel_word(channel: str) -> str:
    """The channel as a sentence says it."""
    return CHANNEL_WORDS.get(channel, channel)


def too_close(customers: int, senders: str, channel: str) -> str:
    """The sentence about so many who hear from all of these in one channel in too short a time."""
    hear = "hears" if customers == 1 else "hear"
    return f"{counted(customers)} {hear} from {senders} by {channel_word(channel)} within 48 hours."


class _Ground:
    """What all pairs are judged by, each asked once."""

    def __init__(self, now: datetime, report: OverlapReport, *, among: Collection[int] | None = None) -> None:
        self.now, self.report, self.among = now, report, among

    @cached_property
    def together(self) -> Mapping[tuple[int, int], Sequence[Together]]:
        return close_together(now=self.now, among=self.among)

    @cached_property
    def coming(self) -> Mapping[tuple[int, int, bool], int]:
        return coming_messages(now=self.now, among=self.among)

    @cached_property
    def journeys(self) -> Mapping[int, tuple[str, Flow]]:
        """The live journeys: name and flow."""
        rows = Journey.objects.filter(status=Status.LIVE, live_version__isnull=False).order_by("name")
        return {
            pk: (name, flow_of(version or 0)) for pk, name, version in rows.values_list("pk", "name", "live_version")
        }

    @cached_property
    def left_out(self) -> Mapping[int, frozenset[str]]:
        """By segment: the slugs of those whose members its rule leaves out."""
        return {pk: segments_left_out(live.rule) for pk, live in live_rules().items()}

    @cached_property
    def exclusions(self) -> frozenset[tuple[int, int]]:
        return frozenset(Exclusion.objects.values_list("segment_id", "excludes_id"))

    @cached_property
    def groups(self) -> Mapping[int, set[str]]:
        """By segment: the names of its exclusion groups."""
        return groups_by_segment()

    @cached_property
    def silenced(self) -> Mapping[tuple[int, int], int]:
        """By segment and the one that suppresses it: how many customers."""
        return suppressing(among=self.among)

    def journeys_from(self, segment: Segment) -> list[tuple[str, Flow]]:
        return [row for row in self.journeys.values() if row[1].entry.segment == segment.slug]


def _asked(pair: Pair, folder: str, channel: str) -> bool:
    return any(
        (not folder or segment.folder == folder) and (not channel or channel in segment.channels)
        for segment in (pair.a, pair.b)
    )


def _conflict(ground: _Ground, pair: Pair, active: Pair) -> Conflict | None:
    """What is wrong between two segments with customers in both; None where they agree."""
    upper, lower = pair.a, pair.b
    key = (min(upper.pk, lower.pk), max(upper.pk, lower.pk))
    silencing = _silencing(ground, upper, lower)
    if silencing is not None:
        customers = ground.silenced[upper.pk, lower.pk]
        return Conflict(upper, lower, (silencing,), customers, ground.coming.get((*key, False), 0))
    if active.both:
        reasons = tuple(_open_reasons(ground, upper, lower, active.both))
        return Conflict(upper, lower, reasons, active.both, ground.coming.get((*key, True), 0)) if reasons else None
    reasons = tuple(_settled_reasons(ground, upper, lower))
    return Conflict(upper, lower, reasons, pair.both, 0, _settled_by(ground, upper, lower)) if reasons else None


def _silencing(ground: _Ground, upper: Segment, lower: Segment) -> Reason | None:
    """The exclusion that takes most of its audience from a journey."""
    size, silenced = ground.report.qualified.sizes[lower.pk], ground.silenced.get((upper.pk, lower.pk), 0)
    speaks = ground.journeys_from(lower)
    if (upper.pk, lower.pk) not in ground.exclusions or not speaks or silenced < MOSTLY * size or not silenced:
        return None
    said = f"“{upper.name}” excludes “{lower.name}” and silences {silenced:,} of its {size:,} customers"
    return Reason("exclusion", f"{said}, while the journey {_joined([name for name, _ in speaks])} is live for them.")


def _open_reasons(ground: _Ground, upper: Segment, lower: Segment, both: int) -> Iterator[Reason]:
    incentive = incentives_disagree(upper, lower)
    if incentive is not None:
        yield incentive
    for together in ground.together.get((upper.pk, lower.pk), ()):
        said = _close(ground, together)
        if said:
            yield Reason("channel", said)
    for one, other in ((upper, lower), (lower, upper)):
        if other.slug in ground.left_out.get(one.pk, ()):
            kept = f"{both:,} {'is' if both == 1 else 'are'} in both: a stay, a grace or an open rebuild keeps them in."
            yield Reason("rule", f"The rule of “{one.name}” leaves the members of “{other.name}” out, yet {kept}")


def _close(ground: _Ground, together: Together) -> str:
    """The sentence; empty where the journeys of one side are live no more by the time they are named."""
    sides = [
        [ground.journeys[pk][0] for pk in side if pk in ground.journeys]
        for side in (together.upper_journeys, together.lower_journeys)
    ]
    if not all(sides):
        return ""
    upper, lower = (_joined(side) for side in sides)
    return too_close(together.customers, f"{upper} and from {lower}", together.channel)


def _settled_reasons(ground: _Ground, upper: Segment, lower: Segment) -> Iterator[Reason]:
    """How two would disagree that are never active together: by their cards, or with journeys in one channel."""
    incentive = incentives_disagree(upper, lower)
    if incentive is not None:
        yield incentive
    for channel in sorted(_channels(ground.journeys_from(upper)) & _channels(ground.journeys_from(lower))):
        yield Reason("channel", f"Both have a live journey that writes by {channel_word(channel)}.")


def _channels(journeys: Sequence[tuple[str, Flow]]) -> set[str]:
    return {send.channel for _, flow in journeys for send in flow.sends()}


def _settled_by(ground: _Ground, upper: Segment, lower: Segment) -> str:
    """What keeps two segments from being active together."""
    shared = sorted(ground.groups.get(upper.pk, set()) & ground.groups.get(lower.pk, set()))
    if shared:
        return f"The exclusion group “{shared[0]}” lets “{upper.name}” speak, which ranks higher."
    if (upper.pk, lower.pk) in ground.exclusions:
        return f"“{upper.name}” excludes “{lower.name}”."
    if upper.blocks_all_below:
        return f"“{upper.name}” is a full stop."
    return "Other segments keep one of the two silent for every customer in both."


def _words(key: str) -> str:
    return key.replace("_", " ")


def _joined(names: Sequence[str]) -> str:
    return listed([f"“{name}”" for name in names], "and")
