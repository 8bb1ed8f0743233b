"""Governance and hysteresis by the letter of docs/governance.md, and whether what is stored is that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from segmentation.history import states_at
from segmentation.models import Exclusion, ExclusionGroup, Membership, MembershipChange, Segment
from segmentation.queries.live_rules import live_rules
from segmentation.rules.nodes import Duration
from tests.flow.stored import stored_world
from tests.reference.evaluator import members

NONE = timedelta(0)


def lasting(written: Mapping[str, Any] | None) -> timedelta:
    return Duration(written["amount"], written["unit"]).length if written else NONE


def assert_true(now: datetime) -> None:
    """Every live segment holds whom its rule holds for, and else only whom its own settings keep in or out."""
    world = stored_world()
    rules = {pk: live.rule for pk, live in live_rules().items()}
    dynamic = Segment.objects.filter(status="live", kind="dynamic")
    assert set(rules) == set(dynamic.values_list("pk", flat=True)), "a rule stopped"
    for segment in dynamic:
        true = {int(name) for name in members(rules[segment.pk], now=now, world=world)}
        stays = {stay.customer_id: stay for stay in Membership.objects.filter(segment=segment)}
        rule = segment.live_version.rule if segment.live_version else None
        for customer in true - stays.keys():
            assert _is_kept_out(segment, customer, now), (segment.slug, "missing", customer, rule)
        for customer in stays.keys() - true:
            assert _is_kept_in(segment, stays[customer], now), (segment.slug, "should be gone", customer, rule)
        for customer in stays.keys() & true:
            assert stays[customer].false_since is None, (segment.slug, "counted as false", customer, rule)


def _is_kept_out(segment: Segment, customer: int, now: datetime) -> bool:
    exits = MembershipChange.objects.filter(segment=segment, customer=customer, kind="exited")
    last = max(exits.values_list("at", flat=True), default=None)
    return last is not None and now < last + lasting(segment.re_entry_pause)


def _is_kept_in(segment: Segment, stay: Membership, now: datetime) -> bool:
    if stay.false_since is None or not stay.since <= stay.false_since <= now:
        return False
    return now < stay.since + lasting(segment.min_stay) or now < stay.false_since + lasting(segment.exit_grace)


@dataclass(frozen=True)
class Setting:
    """The hysteresis of a segment from a place in the log on."""

    after: int
    min_stay: timedelta = NONE
    re_entry_pause: timedelta = NONE


def assert_stays_and_pauses_were_kept(settings: Mapping[str, Sequence[Setting]]) -> None:
    """Nobody left before the minimum stay was over or came back before the pause was, by the settings of that time."""
    for segment in Segment.objects.exclude(status="archived"):
        last: dict[tuple[int, str], datetime] = {}
        for change in MembershipChange.objects.filter(segment=segment).order_by("at", "pk"):
            known = [one for one in settings.get(segment.slug, ()) if one.after < change.pk]
            setting = known[-1] if known else Setting(0)
            if change.kind == "exited":
                assert change.at >= last[change.customer_id, "entered"] + setting.min_stay, segment.slug
            left = last.get((change.customer_id, "exited"))
            if change.kind == "entered" and left is not None:
                assert change.at >= left + setting.re_entry_pause, segment.slug
            last[change.customer_id, change.kind] = change.at


def assert_governed() -> None:
    """For each customer the live segments are walked in the order of rank; nobody is twice active in a group."""
    portfolio = _Portfolio()
    held: dict[int, dict[Segment, Membership]] = {}
    for stay in Membership.objects.filter(segment__status="live"):
        held.setdefault(stay.customer_id, {})[portfolio.segments[stay.segment_id]] = stay
    for stays in held.values():
        verdicts = portfolio.verdicts(stays)
        for segment, stay in stays.items():
            suppressor = verdicts[segment]
            state = "active" if suppressor is None else "suppressed"
            found = (stay.state, stay.suppressed_by_id)
            assert found == (state, suppressor and suppressor.pk), (segment.slug, found)


class _Portfolio:
    def __init__(self) -> None:
        self.segments = {segment.pk: segment for segment in Segment.objects.filter(status="live")}
        self.groups = [set(group.segments.values_list("pk", flat=True)) for group in ExclusionGroup.objects.all()]
        self.excludes = set(Exclusion.objects.values_list("segment_id", "excludes_id"))

    def verdicts(self, qualified: Collection[Segment]) -> dict[Segment, Segment | None]:
        """What suppresses each, by the highest-ranking cause."""
        found: dict[Segment, Segment | None] = {}
        for segment in sorted(qualified, key=lambda one: one.rank or 0):
            active = [one for one, suppressor in found.items() if suppressor is None]
            found[segment] = next((one for one in active if self._silences(one, segment)), None)
        return found

    def _silences(self, upper: Segment, lower: Segment) -> bool:
        together = any({upper.pk, lower.pk} <= group for group in self.groups)
        return together or (upper.pk, lower.pk) in self.excludes or upper.blocks_all_below


def assert_the_log_tells_it(now: datetime) -> None:
    """The change log replays to what is stored, and no step of it is out of turn."""
    for segment in Segment.objects.all():
        stored = dict(Membership.objects.filter(segment=segment).values_list("customer_id", "state"))
        assert states_at(segment=segment, at=now) == stored
        states: dict[int, str] = {}
        for change in MembershipChange.objects.filter(segment=segment).order_by("at", "pk"):
            before = states.get(change.customer_id, "out")
            allowed = {"entered": "out", "exited": change.state, "suppressed": "active", "released": "suppressed"}
            assert before == allowed[change.kind], (segment.slug, change.kind, before)
            states[change.customer_id] = "out" if change.kind == "exited" else change.state
