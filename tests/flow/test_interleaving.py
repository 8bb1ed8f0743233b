"""Whatever happens in whatever order, it ends the same: stored membership is the rules' truth, governed.

Each seed is one story of ingest, late and future events, edits, merges, clock steps, partial evaluations, publishes,
cancelled rebuilds, pauses and changes of governance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from customers.ingest import ingest
from customers.models import Customer
from segmentation.audit import audit
from segmentation.compiler.select import members
from segmentation.engines.postgres import ids
from segmentation.errors import GovernanceError
from segmentation.evaluate import evaluate
from segmentation.govern import govern
from segmentation.governance import put_exclusion, put_group, set_full_stop, set_hysteresis, set_priorities
from segmentation.history import states_at
from segmentation.jobs import cancel
from segmentation.lifecycle import pause, resume
from segmentation.models import Job, Membership, MembershipChange, Segment
from segmentation.portfolio import open_book
from segmentation.publish import publish
from segmentation.queries.live_rules import live_rules
from segmentation.queries.surroundings import surroundings
from segmentation.save import create, save_draft
from segmentation.sweep import sweep
from segmentation.work import run, work
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, in_segment, pass_time, rule, source

pytestmark = pytest.mark.django_db
USERS = ["ada", "bob", "cleo", "dan"]
EVENTS = ["Product Viewed", "Product Added", "Order Completed"]
SLUGS = ["a", "b", "c", "d", "e"]


def some_rule(dice: Random, place: int) -> dict[str, Any]:
    """A rule for the segment at a place; it may read the segments before it, so there is never a cycle."""
    conditions = [
        did(dice.choice([*EVENTS, "*"]), dice.randint(1, 2), dice.choice([None, 1, 2])),
        attribute("country", dice.choice(["PL", "DE"]), dice.choice(["is", "is_not"])),
        did(dice.choice(EVENTS), 0),
    ]
    if place:
        conditions += [
            in_segment(dice.choice(SLUGS[:place])),
            in_segment(dice.choice(SLUGS[:place]), "entered", days=1),
        ]
    chosen = dice.sample(conditions, k=dice.randint(1, 2))
    exclude = [dice.choice(conditions)] if dice.random() < 0.3 else None
    return rule(*chosen, exclude=exclude)


@dataclass
class Story:
    """One random story with its own clock."""

    dice: Random
    now: datetime = NOON
    calls: int = 0
    told: list[str] = field(default_factory=list)

    def begin(self) -> None:
        for place, slug in enumerate(SLUGS):
            segment = create(name=slug, slug=slug, rule=some_rule(self.dice, place), by=None, now=self.now)
            run(job=publish(segment=segment, by=None, now=self.now), now=self.now)

    def go_on(self) -> None:
        steps: list[tuple[int, Callable[[], object]]] = [
            (12, self.track),
            (4, self.identify),
            (2, self.join),
            (8, self.evaluate_some),
            (5, self.let_time_pass),
            (3, self.sweep),
            (3, self.edit_rule),
            (4, lambda: work(now=self.now)),
            (1, self.cancel_a_job),
            (1, self.pause_or_resume),
            (3, self.change_governance),
            (1, self.delete_somebody),
        ]
        [step] = self.dice.choices([step for _, step in steps], [weight for weight, _ in steps])
        self.told.append(getattr(step, "__name__", "work"))
        step()

    def send(self, call: dict[str, Any]) -> None:
        self.calls += 1
        ingest(source=source(), calls=[{"messageId": f"m{self.calls}", **call}], received_at=self.now)

    def track(self) -> None:
        """An event: mostly of now, sometimes late, sometimes with a time to come."""
        delay = self.dice.choice([timedelta(), timedelta(), -5 * HOUR, -30 * HOUR, 3 * HOUR])
        who = {"userId": self.dice.choice(USERS)} if self.dice.random() < 0.8 else {"anonymousId": "visitor"}
        event = self.dice.choice(EVENTS)
        properties = {"order_id": f"o{self.calls}", "revenue": 10} if event == "Order Completed" else {}
        at = (self.now + delay).isoformat()
        self.send({"type": "track", "event": event, "timestamp": at, "properties": properties, **who})

    def identify(self) -> None:
        traits = {"country": self.dice.choice(["PL", "DE", "pl", None])}
        self.send({"type": "identify", "userId": self.dice.choice(USERS), "traits": traits})

    def join(self) -> None:
        """The visitor turns out to be somebody."""
        self.send({"type": "identify", "userId": self.dice.choice(USERS), "anonymousId": "visitor", "traits": {}})

    def evaluate_some(self) -> None:
        evaluate(now=self.now - self.dice.choice([timedelta(), HOUR]), limit=self.dice.randint(1, 4))

    def let_time_pass(self) -> None:
        self.now += self.dice.choice([timedelta(seconds=1), HOUR, 7 * HOUR, DAY, 3 * DAY])

    def sweep(self) -> None:
        sweep(now=self.now)

    def edit_rule(self) -> None:
        place = self.dice.randrange(len(SLUGS))
        segment = Segment.objects.get(slug=SLUGS[place])
        save_draft(segment=segment, rule=some_rule(self.dice, place), now=self.now)
        publish(segment=segment, by=None, silent=self.dice.random() < 0.3, now=self.now)

    def cancel_a_job(self) -> None:
        job = Job.objects.filter(state="waiting").first()
        if job:
            cancel(job=job)

    def pause_or_resume(self) -> None:
        segment = Segment.objects.get(slug=self.dice.choice(SLUGS))
        (pause if segment.status == "live" else resume)(segment=segment, by=None, now=self.now)

    def change_governance(self) -> None:
        names = self.dice.sample(SLUGS, k=3)
        change = self.dice.randrange(4)
        try:
            if change == 0:
                set_priorities(segments=names, dry_run=self.dice.random() < 0.2, by=None, now=self.now)
            elif change == 1:
                put_group(name=self.dice.choice("xy"), segments=names, by=None, now=self.now)
            elif change == 2:
                put_exclusion(segment=names[0], excludes=names[1:], by=None, now=self.now)
            else:
                set_full_stop(segment=names[0], blocks_all_below=self.dice.random() < 0.4, by=None, now=self.now)
        except GovernanceError as error:
            # The dice asked for an exclusion that points upwards.
            if error.code != "exclusion_order":
                raise

    def delete_somebody(self) -> None:
        found = Customer.objects.order_by("pk").last()
        if found:
            found.delete()

    def end(self) -> None:
        """Resume, do all the work that waits, and let the clock be swept up to now."""
        for segment in Segment.objects.filter(status="paused").order_by("slug"):
            resume(segment=segment, by=None, now=self.now)
        while work(now=self.now):
            pass
        pass_time(self.now)


def assert_true_and_governed(now: datetime) -> None:
    """What is stored is what the set queries say, with the verdicts of the portfolio."""
    rules = {pk: live.rule for pk, live in live_rules().items()}
    assert len(rules) == len(SLUGS)
    for pk, one in rules.items():
        found = ids(members(one, surroundings([one], now=now, stored_thresholds=True)))
        stored = Membership.objects.filter(segment_id=pk).values_list("customer_id", flat=True)
        assert sorted(stored) == sorted(found), Segment.objects.get(pk=pk).slug
    portfolio = open_book().portfolio
    by_customer: dict[int, dict[int, int | None]] = {}
    for row in Membership.objects.all():
        assert (row.state == "active") == (row.suppressed_by_id is None)
        by_customer.setdefault(row.customer_id, {})[row.segment_id] = row.suppressed_by_id
    for held in by_customer.values():
        assert govern(qualified=held, portfolio=portfolio) == held


def assert_the_log_tells_it(now: datetime) -> None:
    """The change log replays to what is stored, and no step of it is out of turn."""
    for segment in Segment.objects.all():
        stored = dict(Membership.objects.filter(segment=segment).values_list("customer_id", "state"))
        assert states_at(segment=segment, at=now) == stored
        states: dict[int, str] = {}
        for change in MembershipChange.objects.filter(segment=segment).order_by("at", "pk"):
            before = states.get(change.customer_id, "out")
            allowed = {
                "entered": "out",
                "exited": change.state,
                "suppressed": "active",
                "released": "suppressed",
            }[change.kind]
            assert before == allowed, (segment.slug, change.kind, before)
            states[change.customer_id] = "out" if change.kind == "exited" else change.state


@pytest.mark.parametrize("seed", range(10))
def test_any_interleaving_ends_at_the_truth(seed: int) -> None:
    story = Story(Random(seed))
    story.begin()
    for _ in range(80):
        story.go_on()
    story.end()
    assert_true_and_governed(story.now)
    assert_the_log_tells_it(story.now)
    before = MembershipChange.objects.count()
    story.end()
    assert MembershipChange.objects.count() == before


@pytest.mark.parametrize("seed", range(100, 104))
def test_with_hysteresis_the_audit_finds_every_stay_explained(seed: int) -> None:
    story = Story(Random(seed))
    story.begin()
    for slug in SLUGS[:3]:
        settings = {
            name: {"amount": story.dice.randint(1, 40), "unit": "hours"}
            for name in story.dice.sample(["min_stay", "exit_grace", "re_entry_pause"], k=2)
        }
        set_hysteresis(segment=Segment.objects.get(slug=slug), settings=settings, by=None, now=story.now)
    for _ in range(80):
        story.go_on()
    story.end()
    assert [run.wrong for run in audit(now=story.now, full=True)] == [0] * len(SLUGS)
    assert_the_log_tells_it(story.now)
