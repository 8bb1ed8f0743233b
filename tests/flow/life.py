"""A shop with two journeys whose every step is kept in the books beside it: what the stories of governance are told in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from hypothesis.stateful import rule as step

from campaigns import approvals
from campaigns.advance import advance
from campaigns.models import Journey, Message
from campaigns.send import send
from customers.ingest import ingest
from customers.models import DirtyCustomer, Event
from segmentation.errors import SegmentError
from segmentation.evaluate import evaluate
from segmentation.governance import put_exclusion, put_group, set_full_stop
from segmentation.models import Membership, MembershipChange, Segment, SegmentVersion
from segmentation.publish import publish
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.parse import parse
from segmentation.save import create, save_draft
from segmentation.sweep import sweep
from segmentation.work import work
from tests.compiler.conftest import all_time  # noqa: F401
from tests.flow.crashes import survives
from tests.flow.ledger import Asked, Causes, Ledger, Line
from tests.flow.ledger import Segment as Kept
from tests.flow.stored import stored_world
from tests.stages.campaign import agree, approver, flow, mail, running
from tests.stages.conftest import outbox, own_changes  # noqa: F401
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, identify, in_segment, rule, source

VIP, DISCOUNT, FLASH, FOLLOWER, HOLD = "vip-retention", "generic-discount", "flash-sale", "follower", "legal-hold"
DYNAMIC = (VIP, DISCOUNT, FLASH, FOLLOWER)
USERS = ("ada", "bob", "cleo")
NAMES = ("View", "Order Completed", "Cart")
MICROSECOND = timedelta(microseconds=1)


def never(event: str, days: int) -> dict[str, Any]:
    return {**did(event, days=days), "operator": "lt", "value": 1}


VIEWED, BOUGHT = did("View"), did("Order Completed", days=1)
RULES = (
    rule(VIEWED),
    rule(did("View", days=1)),
    rule(did("View", 2, days=2)),
    rule(VIEWED, never("Order Completed", 1)),
    rule(BOUGHT),
    rule({**attribute("points", 5, "gte")}),
    rule(did("Cart"), exclude=[did("View", days=1)]),
)
FOLLOWING = (rule(in_segment(VIP)), rule(VIEWED, in_segment(VIP)), rule(in_segment(VIP, "left", days=1)))
ANY = st.integers(0, 10_000)
# Mostly nobody dies.
DEATHS = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 25))
SINCE = st.sampled_from((timedelta(0), timedelta(0), -HOUR, -DAY, -DAY + MICROSECOND, HOUR))
NUDGES = st.sampled_from((-MICROSECOND, timedelta(0), MICROSECOND))


class Life(RuleBasedStateMachine):
    """One story with its own clock; everything it leaves is rolled back."""

    # Over all stories: how often something happened that a story is about.
    happened: dict[str, int]
    outbox: Path

    def __init__(self) -> None:
        super().__init__()
        self.unwritten = transaction.atomic()
        self.unwritten.__enter__()
        self.now, self.sent, self.letters, self.checked, self.read = NOON, 0, 0, 0, 0
        self.ledger = Ledger()
        # What happened to a customer since the last look: the words of a rule that it concerns, and the cause.
        self.pending: dict[int, list[tuple[str, tuple[str, str]]]] = {}
        self.looked: dict[int, datetime] = {}
        self.smoothed: dict[str, datetime] = {}
        self.before = set(self.outbox.glob("*")) if self.outbox.exists() else set()

    @initialize(
        linked=st.booleans(),
        first=st.tuples(*[st.sampled_from(RULES)] * 3),
        following=st.sampled_from(FOLLOWING),
        names=st.permutations(NAMES),
    )
    def begin(
        self, linked: bool, first: tuple[dict[str, Any], ...], following: dict[str, Any], names: list[str]
    ) -> None:
        self.linked = linked
        self.people = {identify(user, self.now, email=f"{user}@shop.example", points=1): user for user in USERS}
        for number in self.people:
            agree(number, self.now)
            self.call(number, names[: 1 + number % 3], -HOUR)
        while DirtyCustomer.objects.exists():
            evaluate(now=self.now)
        self.pending.clear()
        create(name=HOLD, slug=HOLD, kind=Segment.Kind.STATIC, by=None, now=self.now)
        self.ledger.order.append(HOLD)
        self.ledger.segments[HOLD] = Kept()
        for slug, document in zip(DYNAMIC, (*first, following), strict=True):
            self.publish_one(slug, document)
            if slug == DISCOUNT and linked:
                self.exclude(VIP, [DISCOUNT])
            elif slug == DISCOUNT:
                self.group("offers", [VIP, DISCOUNT])
        self.look()
        set_full_stop(segment=HOLD, blocks_all_below=True, by=None, now=self.now)
        self.ledger.stops.add(HOLD)
        self.ledger.regovern(now=self.now, cause=("governance", "full_stop"))
        for slug in (VIP, DISCOUNT):
            document = flow(slug, goal=None, first="mail", mail=mail("again"), again=mail(), re_entry="always")
            running(document, slug=slug, now=self.now)
        self.look_at_the_books()

    def attempt(self, do: Callable[[], object], killed: int | None = None) -> bool:
        """Do it unless it is refused; whether it was done."""
        try:
            return survives(do, killed_before=killed)
        except SegmentError:
            return False

    def row(self, slug: str) -> Segment:
        return Segment.objects.get(slug=slug)

    # What customers do

    @step(number=ANY, names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2), back=SINCE, killed=DEATHS,
          seen=st.booleans())  # fmt: skip
    def receive(self, number: int, names: list[str], back: timedelta, killed: int | None, seen: bool) -> None:
        self.call(list(self.people)[number % len(self.people)], names, back, killed)
        if seen:
            self.look()
            advance(now=self.now)
            self.send_letters()

    def call(self, customer: int, names: Sequence[str], back: timedelta, killed: int | None = None) -> None:
        calls: list[dict[str, Any]] = []
        for name in names:
            self.sent += 1
            call = {"type": "track", "userId": self.people[customer], "event": name, "properties": {}}
            calls.append({**call, "messageId": f"m{self.sent}", "timestamp": (self.now + back).isoformat()})
        if self.attempt(lambda: ingest(source=source(), calls=calls, received_at=self.now), killed):
            for call in calls:
                self.note(customer, f'"event": "{call["event"]}"', ("event", call["messageId"]))

    @step(number=ANY, points=st.integers(3, 7))
    def tell(self, number: int, points: int) -> None:
        customer = list(self.people)[number % len(self.people)]
        self.sent += 1
        call = {"type": "identify", "userId": self.people[customer], "traits": {"points": points}}
        ingest(source=source(), calls=[{**call, "messageId": f"m{self.sent}"}], received_at=self.now)
        self.note(customer, '"key": "points"', ("attribute", f"m{self.sent}"))

    def note(self, customer: int, words: str, cause: tuple[str, str]) -> None:
        self.pending.setdefault(customer, []).append((words, cause))

    # What the clock and the workers do

    @step(length=st.sampled_from((MICROSECOND, HOUR, 5 * HOUR, DAY, 3 * DAY)))
    def let_time_pass(self, length: timedelta) -> None:
        self.now += length

    @step(number=ANY, nudge=NUDGES)
    def go_to_an_edge(self, number: int, nudge: timedelta) -> None:
        """The clock stands at an instant that something waits for, or one microsecond beside it."""
        ledger = self.ledger
        edges = {left + ledger.segments[slug].wait("re_entry_pause") for (slug, _), left in ledger.left.items()}
        for (slug, _), stay in ledger.stays.items():
            edges.add(stay.since + ledger.segments[slug].wait("min_stay"))
            if stay.false_since:
                edges.add(stay.false_since + ledger.segments[slug].wait("exit_grace"))
        edges |= {at + DAY for at in Event.objects.values_list("time", flat=True)}
        if ahead := sorted(edge + nudge for edge in edges if edge + nudge > self.now):
            self.now = ahead[number % len(ahead)]
        self.look()

    @step(limit=st.integers(1, 2), killed=DEATHS)
    def evaluate_some(self, limit: int, killed: int | None) -> None:
        self.attempt(lambda: sweep(now=self.now, step=timedelta(days=100)), killed)
        sweep(now=self.now, step=timedelta(days=100))
        dirty = set(DirtyCustomer.objects.values_list("customer", flat=True))
        self.attempt(lambda: evaluate(now=self.now, limit=limit), killed)
        self.settle(dirty - set(DirtyCustomer.objects.values_list("customer", flat=True)))
        self.look_at_the_books()

    @step()
    def look(self) -> None:
        """What the scheduler does until nothing waits."""
        sweep(now=self.now, step=timedelta(days=100))
        while DirtyCustomer.objects.exists():
            evaluate(now=self.now, limit=2)
        self.settle_all()
        self.look_at_the_books()

    def settle_all(self) -> None:
        """Everybody, marked or not: nothing may have been missed."""
        self.settle(set(self.people))

    def settle(self, customers: set[int]) -> None:
        asked: Asked = {}
        for slug in self.ledger.live():
            if slug != HOLD:
                asked[slug] = {customer: self.causes(slug, customer) for customer in customers}
        self.ledger.look(asked, world=stored_world(), now=self.now)
        for customer in customers:
            self.pending.pop(customer, None)
            self.looked[customer] = self.now

    def causes(self, slug: str, customer: int) -> Causes:
        """What would be true to name where a customer moves in a segment at this look."""
        segment, looked = self.ledger.segments[slug], self.looked.get(customer, NOON - DAY)
        found = {cause for words, cause in self.pending.get(customer, ()) if segment.mentions(words=words)}
        if segment.mentions(words='"window"') and looked < self.now:
            found.add(("clock", "window"))
        left = self.ledger.left.get((slug, customer))
        free_at = left and left + segment.wait("re_entry_pause")
        if free_at and segment.wait("re_entry_pause") and looked < free_at <= self.now:
            return frozenset({("clock", "re_entry_pause"), *found})
        if self.smoothed.get(slug, NOON - DAY) >= looked:
            found |= {("governance", "hysteresis"), ("clock", "hysteresis"), ("clock", "re_entry_pause")}
        return frozenset(found)

    # What journeys do

    @step(killed=DEATHS)
    def advance_journeys(self, killed: int | None) -> None:
        self.attempt(lambda: advance(now=self.now), killed)

    @step()
    def send_letters(self) -> None:
        """Each letter that leaves goes to somebody who is active in its segment, and so not beneath another one."""
        send(now=self.now)
        new = set(self.outbox.glob("*")) - self.before if self.outbox.exists() else set()
        self.before |= new
        self.letters += len(new)
        sent = list(
            Message.objects.filter(state="sent", pk__gt=0).order_by("pk").values_list("journey__slug", "customer")
        )
        assert len(sent) == self.letters, "a letter left that nobody wrote down"
        for path in new:
            slug, customer = self.addressed(path)
            self.may_hear(slug, customer)

    def addressed(self, path: Path) -> tuple[str, int]:
        rows = Message.objects.filter(external_id__contains=path.stem)
        return rows.values_list("journey__slug", "customer_id").get()

    def may_hear(self, slug: str, customer: int) -> None:
        self.happened[slug] = self.happened.get(slug, 0) + 1
        stay = self.ledger.stays[slug, customer]
        assert self.ledger.segments[slug].status == "live", f"{slug} is paused and speaks"
        assert stay.suppressed_by is None, f"{slug} speaks to {customer}, where {stay.suppressed_by} suppresses it"
        if slug == DISCOUNT:
            vip = self.ledger.stays.get((VIP, customer))
            standing = self.ledger.segments[VIP].status == "live"
            above = self.ledger.order.index(VIP) < self.ledger.order.index(DISCOUNT)
            assert not (vip and standing and above and vip.suppressed_by is None), "a VIP got the generic discount"

    # What people do, and how the books have it

    def publish_one(
        self, slug: str, document: Mapping[str, Any], silent: bool = False, killed: int | None = None
    ) -> None:
        segment = Segment.objects.filter(slug=slug).first() or create(name=slug, slug=slug, by=None, now=self.now)
        kept = self.ledger.segments.setdefault(slug, Kept(status="draft"))
        save_draft(segment=segment, rule=document, now=self.now)
        versions = SegmentVersion.objects.filter(segment=segment).count()
        if not self.attempt(lambda: publish(segment=segment, by=None, silent=silent, now=self.now), killed):
            return
        stood, kept.status = kept.status, "live"
        if slug not in self.ledger.order:
            self.ledger.order.append(slug)
        if SegmentVersion.objects.filter(segment=segment).count() == versions:
            return
        kept.rule, kept.document = parse(document, catalogue=Catalogue()), document
        kept.version += 1
        if stood == "paused":
            self.ledger.regovern(now=self.now, cause=("governance", slug))
        self.rebuild(slug, silent, killed)

    def rebuild(self, slug: str, silent: bool, killed: int | None) -> None:
        """The job, by as many workers as it takes."""
        self.attempt(lambda: work(now=self.now), killed)
        while work(now=self.now):
            pass
        cause = frozenset({("rule", str(self.ledger.segments[slug].version))})
        self.ledger.look({slug: dict.fromkeys(self.people, cause)}, world=stored_world(), now=self.now, silent=silent)

    def approve_again(self) -> None:
        """What the journeys say to whom changed: somebody else looks at it again."""
        for journey in Journey.objects.filter(slug__in=(VIP, DISCOUNT)):
            approvals.withdraw(journey=journey, by=None, now=self.now, reason="another rule")
            if journey.status == "in_review":
                approvals.approve(journey=journey, by=approver(), now=self.now)

    def group(self, name: str, names: list[str], killed: int | None = None) -> None:
        if self.attempt(lambda: put_group(name=name, segments=names, by=None, now=self.now), killed):
            self.ledger.groups[name] = set(names) if len(names) > 1 else set()
            self.governed("exclusion_group")

    def exclude(self, upper: str, lower: list[str], killed: int | None = None) -> None:
        if upper not in self.ledger.order or not set(lower) <= set(self.ledger.order):
            return
        if self.attempt(lambda: put_exclusion(segment=upper, excludes=lower, by=None, now=self.now), killed):
            order = self.ledger.order
            assert all(order.index(upper) < order.index(one) for one in lower), "an exclusion that points upwards"
            self.ledger.excludes[upper] = set(lower)
            self.governed("exclusion")

    def governed(self, setting: str) -> None:
        self.ledger.regovern(now=self.now, cause=("governance", setting))
        self.look_at_the_books()

    # What has to be so

    def look_at_the_books(self) -> None:
        """What is stored is what the ledger says."""
        self.the_members()
        self.the_log()

    def the_members(self) -> None:
        expected = {(*key, stay.since, stay.suppressed_by) for key, stay in self.ledger.stays.items()}
        found = set()
        for row in Membership.objects.select_related("segment", "suppressed_by"):
            suppressor = row.suppressed_by.slug if row.suppressed_by else None
            assert row.state == ("suppressed" if suppressor else "active")
            found.add((row.segment.slug, row.customer_id, row.since, suppressor))
        assert found == expected
        both = {customer for slug, customer, _, suppressor in found if slug == VIP and suppressor is None}
        both &= {customer for slug, customer, _, suppressor in found if slug == DISCOUNT and suppressor is None}
        linked = DISCOUNT in self.ledger.excludes.get(VIP, ()) or "offers" in self.ledger.groups
        if linked and all(self.ledger.segments[slug].status == "live" for slug in (VIP, DISCOUNT)):
            assert not both, "both speak to one customer"

    def the_log(self) -> None:
        """The new lines of the log: the same as the ledger's at each instant, each with a cause that is true."""
        rows = MembershipChange.objects.filter(pk__gt=self.checked).order_by("pk")
        found: list[tuple[Line, int]] = []
        for row in rows.select_related("segment", "suppressed_by"):
            suppressor = row.suppressed_by.slug if row.suppressed_by else None
            said = frozenset({(row.cause_kind, row.cause_id)})
            line = Line(
                row.segment.slug,
                row.customer_id,
                row.kind,
                row.state,
                row.at,
                row.version,
                suppressor,
                row.silent,
                said,
            )
            found.append((line, row.pk))
            self.happened[row.kind] = self.happened.get(row.kind, 0) + 1
        news = self.ledger.log[self.read :]
        assert sorted(map(_shown, news)) == sorted(_shown(line) for line, _ in found)
        for line, expected in zip(sorted((one for one, _ in found), key=_shown), sorted(news, key=_shown), strict=True):
            assert line.causes <= expected.causes, (_shown(line), set(line.causes), set(expected.causes))
        self.read = len(self.ledger.log)
        self.checked = max((pk for _, pk in found), default=self.checked)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "linked"):
                self.look()
                advance(now=self.now)
                self.send_letters()
        finally:
            transaction.set_rollback(True)
            self.unwritten.__exit__(None, None, None)


def _shown(line: Line) -> tuple[str, ...]:
    """Everything of a line but its causes, in an order that can be sorted."""
    where, what = (line.at, line.customer, line.segment), (line.kind, line.state, line.suppressed_by)
    return tuple(str(part) for part in (*where, *what, line.version, line.silent))
