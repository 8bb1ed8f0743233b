"""Verb 3 and what hangs on it: who is asked, at which instant, for which cause, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.models import DirtyCustomer
from segmentation import questions
from segmentation.engines import postgres
from segmentation.evaluate import evaluate
from segmentation.models import Membership, MembershipChange, Segment, SegmentDependency
from tests.stages.shop import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    attribute,
    customer,
    did,
    identify,
    in_segment,
    live,
    log,
    pass_time,
    rule,
    settle,
    track,
    who,
)

pytestmark = pytest.mark.django_db


def test_an_event_moves_a_customer_in_with_its_message_as_the_cause() -> None:
    live("viewers", rule(did("Product Viewed", 2, days=2)))
    track("ada", "Product Viewed", NOON)
    settle(NOON)
    assert who("viewers") == set()
    message = track("ada", "Product Viewed", NOON + MINUTE)
    settle(NOON + MINUTE)
    assert who("viewers", "active") == {"ada"}
    change = MembershipChange.objects.get()
    assert (change.kind, change.cause_kind, change.cause_detail) == ("entered", "event", "Product Viewed")
    assert (change.cause_id, change.at, change.version) == (message, NOON + MINUTE, 1)
    assert not DirtyCustomer.objects.exists()


def test_evaluating_twice_writes_nothing_the_second_time() -> None:
    live("viewers", rule(did("Product Viewed")))
    track("ada", "Product Viewed", NOON)
    assert settle(NOON) == 1
    first = list(Membership.objects.values()), list(MembershipChange.objects.values())
    track("ada", "Product Viewed", NOON + MINUTE)
    assert settle(NOON + MINUTE) == 0
    assert evaluate(now=NOON + MINUTE).customers == 0
    assert (list(Membership.objects.values()), list(MembershipChange.objects.values())) == first


def test_an_answer_is_never_from_before_the_mark_that_asked_for_it() -> None:
    live("viewers", rule(did("Product Viewed")))
    track("ada", "Product Viewed", NOON)
    settle(NOON - HOUR)
    assert who("viewers") == {"ada"}
    assert MembershipChange.objects.get().at == NOON


def test_only_the_segments_that_read_what_changed_are_asked() -> None:
    live("viewers", rule(did("Product Viewed")))
    live("poles", rule(attribute("country", "PL")))
    identify("ada", NOON, country="DE")
    settle(NOON)
    # A broken condition would stop its segment if it were asked.
    Segment.objects.filter(slug="poles").update(error="")
    SegmentDependency.objects.filter(segment__slug="poles").delete()
    identify("ada", NOON + MINUTE, country="PL")
    track("ada", "Product Viewed", NOON + MINUTE)
    settle(NOON + MINUTE)
    assert who("viewers") == {"ada"}
    assert who("poles") == set()


def test_a_large_batch_asks_each_rule_about_its_own_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MANY", 2)
    live("viewers", rule(did("Product Viewed")))
    live("poles", rule(attribute("country", "PL")))
    users = [f"u{number}" for number in range(6)]
    for user in users:
        identify(user, NOON, country="DE")
    settle(NOON)
    asked = []
    ask = postgres.matches
    monkeypatch.setattr(
        postgres,
        "matches",
        lambda rules, around, them: asked.append((len(rules), len(them))) or ask(rules, around, them),
    )
    for user in users:
        track(user, "Product Viewed", NOON + MINUTE)
    identify("u0", NOON + MINUTE, country="PL")
    settle(NOON + MINUTE)
    assert (who("viewers"), who("poles")) == (set(users), {"u0"})
    assert asked == [(1, 6), (1, 1)]


def test_a_new_customer_is_asked_about_every_segment() -> None:
    live("not-poles", rule(attribute("country", "PL", "is_not")))
    track("ada", "Anything At All", NOON)
    settle(NOON)
    assert who("not-poles") == {"ada"}


def test_any_event_reaches_a_rule_over_any_event() -> None:
    live("busy", rule(did("*", 2, days=1)))
    track("ada", "One", NOON)
    track("ada", "Another", NOON + MINUTE)
    settle(NOON + MINUTE)
    assert who("busy") == {"ada"}


def test_readers_are_decided_in_the_same_pass_after_what_they_read() -> None:
    live("buyers", rule(did("Order Completed")))
    live("fresh-buyers", rule(in_segment("buyers", "entered", days=7)))
    live("quiet", rule(did("Product Viewed", 0), exclude=[in_segment("fresh-buyers")]))
    identify("ada", NOON - DAY)
    settle(NOON - DAY)
    assert who("quiet") == {"ada"}
    message = track("ada", "Order Completed", NOON, order_id="o1", revenue=50)
    assert evaluate(now=NOON).changes == 3
    assert (who("buyers"), who("fresh-buyers"), who("quiet")) == ({"ada"}, {"ada"}, set())
    causes = MembershipChange.objects.filter(at=NOON).values_list("cause_kind", "cause_id").distinct()
    assert list(causes) == [("event", message)]


def test_a_window_that_runs_out_moves_a_customer_out_by_the_clock() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=2)))
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    assert pass_time(NOON + 2 * DAY - timedelta.resolution) == 0
    assert pass_time(NOON + 2 * DAY) == 1
    assert log("viewers", "ada") == [("entered", "event"), ("exited", "clock")]


def test_a_rule_that_cannot_be_evaluated_stops_alone_and_keeps_its_members() -> None:
    live("buyers", rule(did("Order Completed")))
    live("readers", rule(in_segment("buyers")))
    live("viewers", rule(did("Product Viewed")))
    track("ada", "Order Completed", NOON, order_id="o1", revenue=5)
    settle(NOON)
    assert who("readers") == {"ada"}
    Segment.objects.filter(slug="buyers").update(status="archived")
    track("ada", "Product Viewed", NOON + MINUTE)
    track("bob", "Product Viewed", NOON + MINUTE)
    settle(NOON + MINUTE)
    assert who("viewers") == {"ada", "bob"}
    assert who("readers") == {"ada"}
    stopped = Segment.objects.get(slug="readers")
    assert "buyers" in stopped.error


def test_a_customer_who_is_gone_meanwhile_sinks_nobody() -> None:
    live("viewers", rule(did("Product Viewed")))
    track("ada", "Product Viewed", NOON)
    track("bob", "Product Viewed", NOON)
    Membership.objects.all().delete()
    DirtyCustomer.objects.get(customer=customer("ada")).customer.delete()
    settle(NOON)
    assert who("viewers") == {"bob"}


def test_grace_keeps_a_customer_and_the_sweep_lets_go_on_its_instant() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=2)), exit_grace={"amount": 3, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + 2 * DAY)
    assert Membership.objects.get().false_since == NOON + 2 * DAY
    assert pass_time(NOON + 5 * DAY - timedelta.resolution) == 0
    assert pass_time(NOON + 5 * DAY) == 1
    change = MembershipChange.objects.get(kind="exited")
    assert (change.cause_kind, change.cause_id, change.caused_at) == ("clock", "exit_grace", NOON + 5 * DAY)


def test_coming_back_within_the_grace_is_recorded_nowhere() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=2)), exit_grace={"amount": 3, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + 3 * DAY)
    track("ada", "Product Viewed", NOON + 4 * DAY)
    pass_time(NOON + 4 * DAY)
    assert Membership.objects.get().false_since is None
    assert pass_time(NOON + 5 * DAY + HOUR) == 0
    assert log("viewers", "ada") == [("entered", "event")]


def test_a_pause_after_an_exit_delays_the_way_back() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)), re_entry_pause={"amount": 3, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + DAY)
    assert log("viewers", "ada") == [("entered", "event"), ("exited", "clock")]
    track("ada", "Product Viewed", NOON + 3 * DAY + HOUR)
    pass_time(NOON + 3 * DAY + HOUR)
    assert who("viewers") == set()
    assert pass_time(NOON + 4 * DAY) == 1
    assert log("viewers", "ada")[-1] == ("entered", "clock")


def test_a_minimum_stay_outlasts_the_rule() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)), min_stay={"amount": 10, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    pass_time(NOON)
    pass_time(NOON + 9 * DAY)
    assert who("viewers") == {"ada"}
    pass_time(NOON + 10 * DAY)
    assert log("viewers", "ada") == [("entered", "event"), ("exited", "clock")]
