"""A customer in “VIP retention” never gets “Generic discount”, whatever happens in whatever order.

Each example is one story through the real doors: events come in, the clock is swept, customers are looked at, rules are
published, ranks, groups, exclusions, full stops and waits change, segments pause, and workers die between two statements.
Both segments have a live journey. After each step the stored membership and the change log are held against a ledger that
is kept by the letter of docs/governance.md, and every letter that left against who might have had it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule as step
from hypothesis.stateful import run_state_machine_as_test

from customers import partitions
from segmentation import rebuild
from segmentation.causes import Cause
from segmentation.governance import set_full_stop, set_hysteresis, set_priorities
from segmentation.lifecycle import archive, pause, resume
from segmentation.statics import add_members, remove_members
from tests.compiler.conftest import all_time  # noqa: F401
from tests.flow.ledger import Move
from tests.flow.life import ANY, DEATHS, DISCOUNT, DYNAMIC, FLASH, FOLLOWER, FOLLOWING, HOLD, RULES, VIP, Life
from tests.flow.stored import stored_world
from tests.reference import pools
from tests.stages.conftest import outbox, own_changes  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "outbox")]
WAITS = st.one_of(st.none(), st.sampled_from(tuple({"amount": n, "unit": "hours"} for n in (1, 5, 24, 30))))


class Story(Life):
    """What people do with segments and with governance."""

    @step(place=st.integers(0, 3), number=ANY, silent=st.booleans(), killed=DEATHS)
    def publish_another(self, place: int, number: int, silent: bool, killed: int | None) -> None:
        slug = DYNAMIC[place]
        documents = FOLLOWING if slug == FOLLOWER else RULES
        if slug in self.ledger.order:
            self.publish_one(slug, documents[number % len(documents)], silent=silent, killed=killed)
            self.approve_again()
            self.look_at_the_books()

    @step(place=st.integers(0, 3), killed=DEATHS)
    def pause_one(self, place: int, killed: int | None) -> None:
        slug = DYNAMIC[place]
        kept = self.ledger.segments[slug]
        if kept.status == "live" and self.attempt(lambda: pause(segment=self.row(slug), by=None, now=self.now), killed):
            kept.status = "paused"
            self.ledger.regovern(now=self.now, cause=("governance", slug))
            self.look_at_the_books()

    @step(place=st.integers(0, 3), killed=DEATHS)
    def resume_one(self, place: int, killed: int | None) -> None:
        slug = DYNAMIC[place]
        kept = self.ledger.segments[slug]
        if kept.status == "paused" and self.attempt(
            lambda: resume(segment=self.row(slug), by=None, now=self.now), killed
        ):
            kept.status = "live"
            self.ledger.regovern(now=self.now, cause=("governance", slug))
            self.rebuild(slug, False, killed)
            self.look_at_the_books()

    @step(rarely=st.integers(0, 5), killed=DEATHS)
    def archive_one(self, rarely: int, killed: int | None) -> None:
        kept = self.ledger.segments[FLASH]
        if not rarely and kept.status != "archived":
            if self.attempt(lambda: archive(segment=self.row(FLASH), by=None, now=self.now), killed):
                self.ledger.archive(FLASH, now=self.now)
            self.look_at_the_books()

    @step(number=ANY, out=st.booleans(), killed=DEATHS)
    def change_the_hold(self, number: int, out: bool, killed: int | None) -> None:
        """Somebody puts a customer on the list that stops everything below it, or takes them off."""
        customer = list(self.people)[number % len(self.people)]
        move, kind = (remove_members, "exited") if out else (add_members, "entered")
        done = self.attempt(
            lambda: move(segment=self.row(HOLD), customers=[customer], cause=Cause("manual", id="ann"), now=self.now),
            killed,
        )
        if done and ((HOLD, customer) in self.ledger.stays) == out:
            given = [Move(HOLD, customer, kind, frozenset({("manual", "ann")}))]
            self.ledger.look({}, world=stored_world(), now=self.now, given=given)
        self.look_at_the_books()

    # What people do with governance

    @step(order=st.permutations((*DYNAMIC, HOLD)), few=st.integers(1, 5), killed=DEATHS)
    def rank(self, order: list[str], few: int, killed: int | None) -> None:
        names = [slug for slug in order if slug in self.ledger.order][:few]
        if self.attempt(lambda: set_priorities(segments=names, by=None, now=self.now), killed):
            self.ledger.order = names + [slug for slug in self.ledger.order if slug not in names]
            self.governed("priorities")

    @step(names=st.lists(st.sampled_from((*DYNAMIC, HOLD)), max_size=3, unique=True), killed=DEATHS)
    def group_others(self, names: list[str], killed: int | None) -> None:
        self.group("others", [slug for slug in names if slug in self.ledger.order], killed)

    @step(upper=st.sampled_from((FLASH, FOLLOWER, HOLD, VIP)), lower=st.sampled_from(DYNAMIC), killed=DEATHS)
    def exclude_others(self, upper: str, lower: str, killed: int | None) -> None:
        always = [DISCOUNT] if upper == VIP and self.linked else []
        self.exclude(upper, list(dict.fromkeys([*always, lower])), killed)

    @step(slug=st.sampled_from((HOLD, FLASH, FOLLOWER)), stops=st.booleans(), killed=DEATHS)
    def stop_all_below(self, slug: str, stops: bool, killed: int | None) -> None:
        if slug in self.ledger.order and self.attempt(
            lambda: set_full_stop(segment=slug, blocks_all_below=stops, by=None, now=self.now), killed
        ):
            (self.ledger.stops.add if stops else self.ledger.stops.discard)(slug)
            self.governed("full_stop")

    @step(place=st.integers(0, 3), min_stay=WAITS, exit_grace=WAITS, re_entry_pause=WAITS, killed=DEATHS)
    def smooth(self, place: int, killed: int | None, **waits: dict[str, Any] | None) -> None:
        slug = DYNAMIC[place]
        if slug in self.ledger.order and self.attempt(
            lambda: set_hysteresis(segment=self.row(slug), settings=waits, by=None, now=self.now), killed
        ):
            self.ledger.segments[slug].smooth = {name: value for name, value in waits.items() if value}
            self.smoothed[slug] = self.now


def test_a_vip_never_gets_the_generic_discount(
    all_time: None,  # noqa: F811
    outbox: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(partitions, "ensure_months", lambda months: [])
    monkeypatch.setattr(rebuild, "BATCH", 2)
    monkeypatch.setattr(rebuild, "CHUNK", 2)
    Story.happened, Story.outbox = {}, outbox
    # Shrinking a story takes longer than reading it.
    told = settings(
        pools.tried(8), stateful_step_count=40, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    run_state_machine_as_test(Story, settings=told)
    for seldom in ("entered", "exited", "suppressed", "released", VIP, DISCOUNT):
        assert Story.happened.get(seldom, 0) > 2, f"hardly a story of {seldom}: {Story.happened}"
