"""Whatever happens in whatever order, it ends the same: stored membership is the rules' truth, governed.

Each example is one story of calls (late, early, again), merges and their undoing, edits, consents, erasures, clock steps,
publishes, pauses, settings, and workers that die between two statements; random rules on random histories. At its end
everything that waits is done, and what is stored is held against the reference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test
from hypothesis.stateful import rule as step

from customers import models, partitions
from customers.edit import EditError, edit
from customers.erase import erase
from customers.ingest import ingest
from customers.merge import merge
from customers.tracking.values import decode
from customers.unmerge import UnmergeError, unmerge
from segmentation import rebuild
from segmentation.audit import audit
from segmentation.causes import Cause
from segmentation.errors import SegmentError
from segmentation.evaluate import evaluate
from segmentation.governance import put_exclusion, put_group, set_full_stop, set_hysteresis, set_priorities
from segmentation.jobs import cancel
from segmentation.lifecycle import archive, pause, resume
from segmentation.models import Job, MembershipChange, Segment, SegmentVersion
from segmentation.publish import publish
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.write import to_document
from segmentation.save import create, save_draft
from segmentation.statics import add_members, remove_members
from segmentation.sweep import sweep
from segmentation.thresholds import refresh_thresholds
from segmentation.work import work
from tests.compiler.conftest import all_time  # noqa: F401
from tests.flow.crashes import survives
from tests.flow.literal import (
    Setting,
    assert_governed,
    assert_stays_and_pauses_were_kept,
    assert_the_log_tells_it,
    assert_true,
    lasting,
)
from tests.flow.sums import assert_kept_in_step
from tests.reference import histories, pools, strategies

pytestmark = pytest.mark.django_db
# Those that random rules read come first.
SLUGS = [*pools.SEGMENTS, "third", "fourth", "fifth"]
LISTED = "listed"
USERS = ("ada", "bob", "cleo")
VISITORS = ("visitor", "phone")
WHO: tuple[dict[str, Any], ...] = (
    *({"userId": user} for user in USERS),
    *({"anonymousId": visitor} for visitor in VISITORS),
    {"userId": USERS[0], "anonymousId": VISITORS[0]},
)
RULES = st.sampled_from((1, 1, 2, 3)).flatmap(strategies.rules)
ANY = st.integers(0, 10_000)
# Mostly nobody dies.
DEATHS = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 25))
WAITS = st.one_of(st.none(), st.sampled_from(tuple({"amount": n, "unit": "hours"} for n in (1, 5, 24, 72))))
STEPS_OF_TIME = st.sampled_from((timedelta(0), pools.MICROSECOND, *(length.length for length in pools.LENGTHS)))
Item = TypeVar("Item")


def one_of(items: Sequence[Item], number: int) -> Item | None:
    return items[number % len(items)] if items else None


@st.composite
def calls(draw: st.DrawFn) -> tuple[dict[str, Any], timedelta]:
    """One call but for its message and time, and how far its time lies from now."""
    who = draw(st.sampled_from(WHO))
    distance = draw(pools.any_of(pools.DISTANCES))
    kind = draw(st.integers(0, 9))
    if kind < 6:
        event = draw(histories.events())
        properties = dict(event.properties) | ({"store": event.store} if event.store else {})
        return {"type": "track", "event": event.name, "properties": properties, **who}, distance
    if kind == 6:
        agreed = draw(st.dictionaries(st.sampled_from(pools.CHANNELS), st.booleans(), min_size=1, max_size=2))
        return {"type": "identify", "context": {"consent": {"channels": agreed}}, **who}, distance
    optional = {key: histories.values_of(type_) for key, type_ in pools.TRAITS.items()}
    optional |= {"email": st.sampled_from(("a@example.com", "b@example.com")), "age": histories.json_numbers}
    return {"type": "identify", "traits": draw(st.fixed_dictionaries({}, optional=optional)), **who}, distance


class Story(RuleBasedStateMachine):
    """One story with its own clock; everything it leaves is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.unwritten = transaction.atomic()
        self.unwritten.__enter__()
        self.sent: list[dict[str, Any]] = []
        self.lost: list[dict[str, Any]] = []
        self.taken: set[str] = set()
        self.expected: set[str] = set()
        self.settings: dict[str, list[Setting]] = {}
        self.names = list(SLUGS)

    @initialize(now=strategies.nows(), rules=st.tuples(RULES, RULES))
    def begin(self, now: datetime, rules: tuple[Rule, Rule]) -> None:
        self.now = now
        self.source = models.Source.objects.create(slug="shop", name="Shop", store="main", created_at=now)
        create(name=LISTED, slug=LISTED, kind=Segment.Kind.STATIC, by=None, now=now)
        for place, one in enumerate(rules):
            self.publish(place, one, silent=False, again=False, killed=None)

    def attempt(self, do: Callable[[], object], killed: int | None = None) -> bool:
        """Do it unless it is refused; whether it came to its end."""
        try:
            return survives(do, killed_before=killed)
        except (SegmentError, RuleError, EditError, UnmergeError):
            return True

    # What customers do

    @step(told=st.lists(calls(), min_size=1, max_size=3), late=st.booleans(), killed=DEATHS)
    def receive(self, told: list[tuple[dict[str, Any], timedelta]], late: bool, killed: int | None) -> None:
        batch = []
        for body, distance in told:
            at = self.now + (distance if late else timedelta(0))
            batch.append({**body, "messageId": f"m{len(self.sent)}", "timestamp": at.isoformat()})
            self.sent.append(batch[-1])
        self.send(batch, killed)

    def send(self, batch: list[dict[str, Any]], killed: int | None = None) -> None:
        """Over the wire and back; a client whose call was not answered sends it again later."""
        arrived = decode(json.dumps(batch).encode())
        if survives(lambda: ingest(source=self.source, calls=arrived, received_at=self.now), killed_before=killed):
            tracked = {call["messageId"] for call in batch if call["type"] == "track"}
            self.expected |= tracked - self.taken
            self.taken |= tracked
        else:
            self.lost += batch

    @step(number=ANY, killed=DEATHS)
    def receive_again(self, number: int, killed: int | None) -> None:
        if self.lost:
            batch, self.lost = self.lost, []
            self.send(batch, killed)
        elif call := one_of(self.sent, number):
            before = models.Event.objects.count()
            self.send([call])
            assert models.Event.objects.count() == before, "it was counted already"

    # What people do with customers

    def somebody(self, number: int) -> models.Customer | None:
        return one_of(list(models.Customer.objects.order_by("pk")), number)

    @step(data=st.data(), number=ANY, key=st.sampled_from(sorted(pools.TRAITS)), killed=DEATHS)
    def edit_somebody(self, data: st.DataObject, number: int, key: str, killed: int | None) -> None:
        customer = self.somebody(number)
        value = data.draw(st.one_of(st.none(), histories.values_of(pools.TRAITS[key])))
        consents = data.draw(
            st.dictionaries(st.sampled_from(pools.CHANNELS), st.sampled_from(pools.STATES), max_size=1)
        )
        if customer:
            self.attempt(
                lambda: edit(customer=customer, attributes={key: value}, consents=consents, by="ann", now=self.now),
                killed,
            )

    @step(one=ANY, other=ANY, killed=DEATHS)
    def merge_two(self, one: int, other: int, killed: int | None) -> None:
        kept, gone = self.somebody(one), self.somebody(other)
        if kept and gone and kept != gone:
            self.attempt(lambda: merge(kept=kept.pk, gone=gone.pk, reason="by hand", now=self.now), killed)

    @step(number=ANY, killed=DEATHS)
    def unmerge_two(self, number: int, killed: int | None) -> None:
        found = one_of(list(models.Merge.objects.order_by("pk")), number)
        if found:
            self.attempt(lambda: unmerge(merge=found, by="ann", now=self.now), killed)

    @step(number=ANY, rarely=st.integers(0, 2), killed=DEATHS)
    def erase_somebody(self, number: int, rarely: int, killed: int | None) -> None:
        customer = self.somebody(number)
        if customer and not rarely:
            theirs = set(models.Event.objects.filter(customer=customer).values_list("message_id", flat=True))
            if self.attempt(lambda: erase(customer=customer, by="ann", now=self.now), killed):
                self.expected -= theirs

    @step(number=ANY, out=st.booleans(), killed=DEATHS)
    def change_the_list(self, number: int, out: bool, killed: int | None) -> None:
        customer = self.somebody(number)
        if customer:
            move = remove_members if out else add_members
            listed = Segment.objects.get(slug=LISTED)
            self.attempt(
                lambda: move(segment=listed, customers=[customer.pk], cause=Cause("manual"), now=self.now), killed
            )

    # What workers do

    @step(
        back=st.sampled_from((timedelta(0), timedelta(0), timedelta(hours=1))), limit=st.integers(1, 4), killed=DEATHS
    )
    def evaluate_some(self, back: timedelta, limit: int, killed: int | None) -> None:
        self.attempt(lambda: evaluate(now=self.now - back, limit=limit), killed)

    @step(length=STEPS_OF_TIME)
    def let_time_pass(self, length: timedelta) -> None:
        self.now += length

    @step(killed=DEATHS)
    def sweep_the_clock(self, killed: int | None) -> None:
        self.attempt(lambda: sweep(now=self.now, step=timedelta(days=100)), killed)

    @step(killed=DEATHS)
    def do_a_job(self, killed: int | None) -> None:
        self.attempt(lambda: work(now=self.now), killed)

    @step(killed=DEATHS)
    def refresh(self, killed: int | None) -> None:
        self.attempt(lambda: refresh_thresholds(now=self.now), killed)

    # What people do with segments

    @step(place=st.integers(0, 4), one=RULES, silent=st.booleans(), again=st.booleans(), killed=DEATHS)
    def publish(self, place: int, one: Rule, silent: bool, again: bool, killed: int | None) -> None:
        """A new rule, or one that the segment had before."""
        slug = self.names[place]
        segment = Segment.objects.filter(slug=slug).first() or create(name=slug, slug=slug, by=None, now=self.now)
        earlier = SegmentVersion.objects.filter(segment=segment).order_by("number").first() if again else None
        document = earlier.rule if earlier else to_document(one)
        save_draft(segment=segment, rule=document, now=self.now)
        self.attempt(lambda: publish(segment=segment, by=None, silent=silent, now=self.now), killed)

    @step(killed=DEATHS)
    def cancel_a_job(self, killed: int | None) -> None:
        job = Job.objects.filter(state__in=("waiting", "running")).order_by("pk").first()
        if job:
            self.attempt(lambda: cancel(job=job), killed)

    @step(place=st.integers(0, 4), what=st.sampled_from((pause, resume, resume, archive)), killed=DEATHS)
    def change_status(self, place: int, what: Callable[..., object], killed: int | None) -> None:
        segment = Segment.objects.filter(slug=self.names[place]).first()
        if segment:
            self.attempt(lambda: what(segment=segment, by=None, now=self.now), killed)
            segment.refresh_from_db()
            if segment.status == "archived":
                self.names[place] = f"{segment.slug}-again"

    @step(data=st.data(), change=st.integers(0, 3), dry_run=st.sampled_from((False, False, True)), killed=DEATHS)
    def change_governance(self, data: st.DataObject, change: int, dry_run: bool, killed: int | None) -> None:
        slugs = list(Segment.objects.filter(rank__isnull=False).order_by("pk").values_list("slug", flat=True))
        names = data.draw(st.lists(st.sampled_from(slugs), min_size=1, max_size=4, unique=True))
        how: Any = {"dry_run": dry_run, "by": None, "now": self.now}
        doing: list[Callable[[], object]] = [
            lambda: set_priorities(segments=names, **how),
            lambda: put_group(name="one" if len(names) % 2 else "two", segments=names, **how),
            lambda: put_exclusion(segment=names[0], excludes=names[1:], **how),
            lambda: set_full_stop(segment=names[0], blocks_all_below=len(names) > 2, **how),
        ]
        self.attempt(doing[change], killed)

    @step(place=st.integers(0, 4), min_stay=WAITS, exit_grace=WAITS, re_entry_pause=WAITS, killed=DEATHS)
    def smooth(self, place: int, killed: int | None, **durations: dict[str, Any] | None) -> None:
        segment = Segment.objects.filter(slug=self.names[place]).first()
        if not segment:
            return
        last = max(MembershipChange.objects.values_list("pk", flat=True), default=0)
        if self.attempt(lambda: set_hysteresis(segment=segment, settings=durations, by=None, now=self.now), killed):
            one = Setting(last, lasting(durations["min_stay"]), lasting(durations["re_entry_pause"]))
            self.settings.setdefault(segment.slug, []).append(one)

    # How it ends

    def drain(self) -> None:
        """What the scheduler does until nothing waits."""
        if self.lost:
            batch, self.lost = self.lost, []
            self.send(batch)
        # A first version whose rebuild was cancelled pauses, so there may be more to resume after the jobs.
        while paused := list(Segment.objects.filter(status="paused").order_by("pk")) or work(now=self.now):
            for segment in paused if isinstance(paused, list) else []:
                resume(segment=segment, by=None, now=self.now)
        sweep(now=self.now, step=timedelta(days=100))
        refresh_thresholds(now=self.now)
        while models.DirtyCustomer.objects.exists():
            evaluate(now=self.now)

    @step(rarely=st.integers(0, 4))
    def look(self, rarely: int) -> None:
        if rarely:
            return
        self.now += timedelta(minutes=1)
        self.drain()
        assert_true(self.now)
        assert_governed()
        assert_the_log_tells_it(self.now)
        assert_stays_and_pauses_were_kept(self.settings)
        assert_kept_in_step()
        received = models.Event.objects.filter(line=None).values_list("message_id", flat=True)
        assert sorted(received) == sorted(self.expected)
        assert [run.wrong for run in audit(now=self.now, full=True) if run.wrong] == []
        before = MembershipChange.objects.count()
        self.drain()
        assert MembershipChange.objects.count() == before

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "now"):
                self.look(rarely=0)
        finally:
            transaction.set_rollback(True)
            self.unwritten.__exit__(None, None, None)


def test_any_interleaving_ends_at_the_truth(
    all_time: None,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(partitions, "ensure_months", lambda months: [])
    monkeypatch.setattr(rebuild, "BATCH", 2)
    # Shrinking a story takes longer than reading it.
    told = settings(
        pools.tried(20), stateful_step_count=40, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    run_state_machine_as_test(Story, settings=told)
