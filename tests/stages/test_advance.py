"""Verb 6: the change log begins and ends journeys, time and branches move them, every step plans one message."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns import approvals, save
from campaigns.advance import advance
from campaigns.models import Cursor, Enrolment, Message
from customers.merge import merge
from segmentation.models import Segment
from tests.stages.campaign import (
    agree,
    approver,
    author,
    flow,
    go,
    mail,
    reachable,
    running,
    states,
    view,
    viewers,
    wait,
    ways,
)
from tests.stages.shop import DAY, HOUR, MINUTE, NOON, did, edit, live, pass_time, rule, settle, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "outbox")]


def test_becoming_active_starts_the_journey_and_plans_its_first_message() -> None:
    viewers()
    running(flow("viewers"))
    reachable("ada", NOON)
    view("ada", NOON)
    done = advance(now=NOON + MINUTE)
    assert (done.entered, done.planned) == (1, 1)
    assert states("ada") == [("mail", "planned", "")]
    assert ways("ada") == [("mail", "running", "")]


def test_a_second_round_writes_nothing() -> None:
    viewers()
    running(flow("viewers"))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    before = list(Enrolment.objects.values()), list(Message.objects.values()), list(Cursor.objects.values())
    again = advance(now=NOON)
    assert (again.read, again.entered, again.moved, again.planned) == (0, 0, 0, 0)
    assert before == (list(Enrolment.objects.values()), list(Message.objects.values()), list(Cursor.objects.values()))


def test_entries_from_before_the_start_and_silent_ones_are_not_taken_in() -> None:
    viewers()
    view("early", NOON - 2 * HOUR)
    running(flow("viewers"), now=NOON - HOUR)
    other = live("buyers", rule(did("Order Completed")))
    running(flow("buyers", goal=None), slug="thanks")
    track("ada", "Gift Given", NOON)
    edit(other, rule(did("Gift Given")), NOON + MINUTE, silent=True)
    advance(now=NOON + HOUR)
    assert not Enrolment.objects.exists()


def test_leaving_the_segment_stops_the_journey_and_withholds_what_was_planned() -> None:
    viewers()
    running(flow("viewers", first="mail", mail=mail("later"), later=wait("again", 10), again=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    assert pass_time(NOON + 8 * DAY) == 1
    assert advance(now=NOON + 8 * DAY).stopped == 1
    assert ways("ada") == [("mail", "stopped", "left")]
    assert states("ada") == [("mail", "withheld", "the customer left the segment")]


def test_only_an_active_customer_is_on_the_way() -> None:
    """Suppression stops like leaving, a release starts like entering."""
    viewers()
    vip = live("vip", rule(did("Vip Named")), rank=1)
    Segment.objects.filter(slug="viewers").update(rank=2)
    vip.exclusions.create(excludes=Segment.objects.get(slug="viewers"), created_at=NOON)
    running(flow("viewers", re_entry="always"))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    track("ada", "Vip Named", NOON + MINUTE)
    settle(NOON + MINUTE)
    advance(now=NOON + MINUTE)
    assert ways("ada") == [("mail", "stopped", "suppressed")]
    track("ben", "Vip Named", NOON)
    view("ben", NOON + MINUTE)
    advance(now=NOON + MINUTE)
    assert ways("ben") == []


@pytest.mark.parametrize(
    ("re_entry", "after", "times"),
    [
        ("never", 20, 1),
        ("always", 20, 2),
        ({"amount": 15, "unit": "days"}, 20, 2),
        ({"amount": 25, "unit": "days"}, 20, 1),
    ],
)
def test_re_entry_is_as_the_journey_says(re_entry: Any, after: int, times: int) -> None:
    viewers()
    running(flow("viewers", re_entry=re_entry))
    reachable("ada", NOON)
    view("ada", NOON)
    go(NOON)
    go(NOON)
    pass_time(NOON + 8 * DAY)
    advance(now=NOON + 8 * DAY)
    view("ada", NOON + after * DAY)
    advance(now=NOON + after * DAY)
    assert len(ways("ada")) == times


def test_a_wait_counts_from_the_sending_and_goes_on_when_it_is_over() -> None:
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    go(NOON)
    assert ways("ada") == [("mail", "running", "")]
    advance(now=NOON + MINUTE)
    assert ways("ada") == [("later", "running", "")]
    assert advance(now=NOON + 2 * DAY).moved == 0
    assert advance(now=NOON + 2 * DAY + MINUTE).planned == 1
    assert [node for node, *_ in states("ada")] == ["mail", "again"]


def test_a_branch_asks_the_rule_about_the_customer_at_that_instant() -> None:
    viewers()
    fork = {"type": "branch", "rule": rule(did("Wishlist Made")), "yes": "end", "no": "mail"}
    running(flow("viewers", first="later", later=wait("fork", 1), fork=fork, mail=mail()))
    for user in ("ada", "ben"):
        reachable(user, NOON)
        view(user, NOON)
    advance(now=NOON)
    track("ada", "Wishlist Made", NOON + HOUR)
    settle(NOON + HOUR)
    advance(now=NOON + DAY)
    assert ways("ada") == [("end", "finished", "")] and states("ada") == []
    assert ways("ben") == [("mail", "running", "")] and len(states("ben")) == 1


def test_a_branch_whose_rule_broke_holds_its_customers_where_they_are() -> None:
    viewers()
    gone = live("gone", rule(did("Anything")))
    asks = rule({"type": "segment", "segment": "gone", "state": "in"})
    fork = {"type": "branch", "rule": asks, "yes": "mail", "no": "end"}
    running(flow("viewers", first="fork", fork=fork, mail=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    Segment.objects.filter(pk=gone.pk).update(status="archived")
    advance(now=NOON)
    assert ways("ada") == [("fork", "running", "")] and states("ada") == []
    Segment.objects.filter(pk=gone.pk).update(status="live")
    advance(now=NOON + HOUR)
    assert ways("ada") == [("end", "finished", "")]


def test_reaching_the_goal_stops_the_journey_and_an_older_order_does_not() -> None:
    viewers()
    running(flow("viewers", first="later", later=wait("mail", 1), mail=mail()))
    for user in ("ada", "ben"):
        reachable(user, NOON)
        track(user, "Order Completed", NOON - DAY, order_id=f"old-{user}")
        view(user, NOON)
    advance(now=NOON)
    assert ways("ada") == [("later", "running", "")]
    track("ada", "Order Completed", NOON + HOUR, order_id="new")
    assert advance(now=NOON + HOUR).stopped == 1
    assert ways("ada") == [("later", "stopped", "goal")]
    assert ways("ben") == [("later", "running", "")]


def test_opting_out_stops_the_journey() -> None:
    viewers()
    running(flow("viewers", first="later", later=wait("mail", 1), mail=mail()))
    number = reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    agree(number, NOON + HOUR, "unsubscribed")
    advance(now=NOON + DAY)
    assert ways("ada") == [("later", "stopped", "unsubscribed")] and states("ada") == []


def test_a_paused_journey_stands_still_and_takes_nobody_in() -> None:
    viewers()
    journey = running(flow("viewers", first="later", later=wait("mail", 1), mail=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    approvals.pause(journey=journey, by=author(), now=NOON + HOUR)
    view("ben", NOON + 2 * HOUR)
    assert advance(now=NOON + DAY).moved == 0
    approvals.resume(journey=journey, by=author(), now=NOON + DAY)
    assert advance(now=NOON + DAY).planned == 1
    assert ways("ben") == []


def test_ending_a_journey_stops_everybody_on_it() -> None:
    viewers()
    journey = running(flow("viewers"))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    assert approvals.end(journey=journey, by=author(), now=NOON + HOUR) == 1
    assert ways("ada") == [("mail", "stopped", "ended")]
    assert states("ada") == [("mail", "withheld", "the journey ended")]


def test_another_rule_of_the_segment_takes_the_approval_back_before_it_brings_anybody_in() -> None:
    viewers()
    journey = running(flow("viewers"))
    track("ben", "Anything", NOON)
    settle(NOON)
    edit(Segment.objects.get(slug="viewers"), rule(did("Anything")), NOON + MINUTE)
    advance(now=NOON + MINUTE)
    journey.refresh_from_db()
    assert journey.status == "in_review" and not Enrolment.objects.exists()
    assert journey.decisions.latest("pk").kind == "withdrawn"


def test_an_enrolment_keeps_to_the_version_it_entered_with() -> None:
    viewers()
    journey = running(flow("viewers", first="later", later=wait("mail", 1), mail=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    advance(now=NOON)
    save.save_journey(journey=journey, document=flow("viewers"), by=author(), now=NOON + HOUR)
    assert advance(now=NOON + DAY).moved == 0, "nothing moves while it is in review"
    approvals.approve(journey=journey, by=approver(), now=NOON + DAY)
    advance(now=NOON + DAY)
    assert ways("ada") == [("mail", "running", "")]
    assert Enrolment.objects.get().version.number == 1


def test_two_customers_who_turn_out_to_be_one_keep_their_messages_and_one_way() -> None:
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))
    numbers = {user: reachable(user, NOON) for user in ("ada", "ben")}
    for user in numbers:
        view(user, NOON)
    go(NOON)
    merge(kept=numbers["ada"], gone=numbers["ben"], reason="one person", now=NOON + HOUR)
    settle(NOON + HOUR)
    assert states("ada") == [("mail", "sent", ""), ("mail", "sent", "")]
    assert ways("ada") == [("mail", "running", "")]
    go(NOON + HOUR)
    go(NOON + 3 * DAY)
    go(NOON + 3 * DAY)
    assert sorted(node for node, *_ in states("ada")) == ["again", "mail", "mail"]
