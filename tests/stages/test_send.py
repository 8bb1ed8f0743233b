"""Verb 7: what leaves, what is withheld and why, what is tried again, and what nobody can know."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import approvals
from campaigns.advance import advance
from campaigns.claims import SILENCE, claim
from campaigns.models import Enrolment, Message, TrackedLink
from campaigns.send import CLAIMED_FOR, PAUSES, send
from customers.models import Customer, Event
from customers.pause import pause_messages
from segmentation.governance import put_group, set_priorities
from segmentation.lifecycle import pause, resume
from segmentation.models import Segment
from tests.stages.campaign import (
    agree,
    author,
    flow,
    go,
    mail,
    reachable,
    running,
    states,
    template,
    view,
    viewers,
    wait,
    ways,
)
from tests.stages.mailbox import Mailbox, nobody
from tests.stages.shop import DAY, HOUR, MINUTE, NOON, did, identify, live, pass_time, rule, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes")]


def planned(user: str = "ada", **traits: object) -> Message:
    """A user with a planned first message of a live journey."""
    reachable(user, NOON, **traits)
    view(user, NOON)
    advance(now=NOON)
    return Message.objects.get(customer__user_id=user)


@pytest.fixture
def journey() -> None:
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))


@pytest.mark.usefixtures("journey")
def test_a_letter_reaches_a_real_server_with_both_parts_and_the_way_out(box: Mailbox) -> None:
    planned(first_name="Ada & <b>Co</b>")
    assert send(now=NOON).sent == 1
    (letter,) = box.letters
    message = Message.objects.get()
    assert (message.state, message.recipient, message.subject) == ("sent", "ada@shop.example", "Hi Ada & <b>Co</b>")
    assert message.sent_at is not None and NOON <= message.sent_at < NOON + HOUR and message.external_id
    assert letter["To"] == "ada@shop.example" and letter["From"] == "Shop <hello@shop.example>"
    assert letter["Subject"] == "Hi Ada & <b>Co</b>"
    assert letter["Message-ID"].startswith(f"<{message.pk}.")
    way_out = f"http://localhost:8000/m/u/{message.token}"
    assert letter["List-Unsubscribe"] == f"<{way_out}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Hello Ada & <b>Co</b>!" in text and way_out in text
    assert "Hello Ada &amp; &lt;b&gt;Co&lt;/b&gt;!" in html, "values are escaped in HTML"
    assert way_out in html and f"/m/o/{message.token}.gif" in html
    assert f"/m/c/{message.token}/0" in html and "shop.example/sale" not in html
    assert TrackedLink.objects.get().url == "https://shop.example/sale?a=1&b=2"


@pytest.mark.usefixtures("journey")
def test_a_second_round_sends_nothing(box: Mailbox) -> None:
    planned()
    send(now=NOON)
    before = list(Message.objects.values())
    assert send(now=NOON).taken == 0
    assert len(box.letters) == 1 and list(Message.objects.values()) == before


@pytest.mark.usefixtures("journey")
def test_without_a_server_letters_become_files(outbox: Path) -> None:
    planned()
    send(now=NOON)
    (path,) = outbox.iterdir()
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert path.name == Message.objects.get().external_id
    assert letter["To"] == "ada@shop.example" and "The sale" in letter.get_body(("plain",)).get_content()


@pytest.mark.usefixtures("journey")
def test_many_letters_go_through_one_connection_with_few_statements(box: Mailbox) -> None:
    for number in range(40):
        reachable(f"u{number}", NOON)
        view(f"u{number}", NOON)
    advance(now=NOON)
    before = box.connections
    with CaptureQueriesContext(connection) as asked:
        assert send(now=NOON).sent == 40
    assert box.connections == before + 1
    assert len(set(box.recipients)) == 40
    assert len(asked) < 40, "fewer statements than messages"


@pytest.mark.usefixtures("journey", "outbox")
class TestAskedOnceMore:
    """Between planning and sending the world goes on: a message that may not leave any more is withheld, with why."""

    def test_consent_that_was_taken_back(self) -> None:
        message = planned()
        agree(message.customer_id, NOON + MINUTE, "unsubscribed")
        assert send(now=NOON + HOUR).withheld == 1
        assert states("ada") == [("mail", "withheld", "the customer opted out")]
        assert ways("ada") == [("mail", "stopped", "unsubscribed")]

    def test_consent_that_was_never_given(self) -> None:
        identify("ada", NOON, email="ada@shop.example")
        view("ada", NOON)
        go(NOON)
        assert states("ada") == [("mail", "withheld", "no consent for email")]
        advance(now=NOON)
        assert ways("ada") == [("later", "running", "")], "the journey goes on"

    @pytest.mark.parametrize("address", [None, "not an address", "two@at@shop.example", "a b@shop.example"])
    def test_an_address_that_cannot_work(self, address: str | None) -> None:
        message = planned()
        Customer.objects.filter(pk=message.customer_id).update(email=address)
        send(now=NOON)
        assert states("ada") == [("mail", "withheld", "no email address that works")]

    def test_a_customer_who_left_the_segment(self) -> None:
        planned()
        pass_time(NOON + 8 * DAY)
        send(now=NOON + 8 * DAY)
        assert states("ada") == [("mail", "withheld", "the customer left the segment")]
        assert ways("ada") == [("mail", "stopped", "left")]

    def test_the_goal_that_was_reached(self) -> None:
        planned()
        track("ada", "Order Completed", NOON + MINUTE, order_id="1")
        send(now=NOON + HOUR)
        assert states("ada") == [("mail", "withheld", "the customer reached the goal")]

    def test_a_customer_whose_messages_are_paused(self) -> None:
        message = planned()
        pause_messages(customer=message.customer, paused=True, by=author(), now=NOON)
        send(now=NOON)
        assert states("ada") == [("mail", "withheld", "messages to the customer are paused")]

    def test_a_journey_that_is_paused_holds_its_messages_back_until_it_goes_on(self) -> None:
        journey = planned().journey
        assert journey is not None
        approvals.pause(journey=journey, by=author(), now=NOON)
        assert send(now=NOON).taken == 0 and states("ada") == [("mail", "planned", "")]
        approvals.resume(journey=journey, by=author(), now=NOON)
        assert send(now=NOON).sent == 1

    def test_a_segment_that_is_paused_holds_its_messages_back_until_it_is_known_who_may_hear_them(self) -> None:
        planned()
        live("vip", rule(did("Vip Named")))
        put_group(name="Offers", segments=["vip", "viewers"], by=None, now=NOON)
        set_priorities(segments=["vip"], by=None, now=NOON)
        viewers = Segment.objects.get(slug="viewers")
        pause(segment=viewers, by=None, now=NOON)
        track("ada", "Vip Named", NOON)
        pass_time(NOON)
        assert send(now=NOON).taken == 0 and states("ada") == [("mail", "planned", "")]
        resume(segment=viewers, by=None, now=NOON)
        assert send(now=NOON).sent == 0
        assert states("ada") == [("mail", "withheld", "another segment speaks to the customer now")]

    def test_a_journey_that_ended(self) -> None:
        journey = planned().journey
        assert journey is not None
        approvals.end(journey=journey, by=author(), now=NOON)
        send(now=NOON)
        assert states("ada") == [("mail", "withheld", "the journey ended")]


@pytest.mark.usefixtures("journey")
def test_the_order_that_follows_the_first_letter_stops_the_second(box: Mailbox) -> None:
    planned()
    go(NOON)
    advance(now=NOON + MINUTE)
    track("ada", "Order Completed", NOON + DAY, order_id="1")
    go(NOON + 2 * DAY + HOUR)
    go(NOON + 2 * DAY + HOUR)
    assert len(box.letters) == 1 and ways("ada") == [("later", "stopped", "goal")]


class TestTheOtherSide:
    """What the receiving server does, and what it means for the message."""

    pytestmark = pytest.mark.usefixtures("journey")

    def test_a_busy_server_is_asked_again_after_a_pause(self, box: Mailbox) -> None:
        planned()
        box.will = lambda step, recipient: "451 try later" if step == "rcpt" else None
        send(now=NOON)
        message = Message.objects.get()
        assert (message.state, message.reason) == ("planned", "451 try later")
        assert send(now=NOON + PAUSES[0] - timedelta(seconds=1)).taken == 0
        box.will = lambda step, recipient: None
        assert send(now=message.due_at).sent == 1
        assert len(box.letters) == 1 and TrackedLink.objects.count() == 1

    def test_what_the_server_did_not_take_after_the_text_is_tried_again_too(self, box: Mailbox) -> None:
        planned()
        box.will = lambda step, recipient: "452 full" if step == "data" else None
        send(now=NOON)
        assert states("ada") == [("mail", "planned", "452 full")] and not box.letters

    def test_a_refusal_is_for_good_and_the_next_letter_still_goes(self, box: Mailbox) -> None:
        planned("ada")
        planned("ben")
        box.will = lambda step, recipient: "550 no such user" if recipient.startswith("ada") else None
        send(now=NOON)
        assert states("ada") == [("mail", "failed", "550 no such user")]
        assert states("ben") == [("mail", "sent", "")] and box.recipients == ["ben@shop.example"]
        advance(now=NOON + MINUTE)
        assert ways("ada") == [("later", "running", "")]

    def test_a_connection_that_breaks_after_the_text_leaves_it_unknown_and_unrepeated(self, box: Mailbox) -> None:
        planned()
        box.will = lambda step, recipient: "hang up" if step == "data" else None
        send(now=NOON)
        ((_, state, reason),) = states("ada")
        assert state == "unknown" and "broke while" in reason
        box.will = lambda step, recipient: None
        assert send(now=NOON + DAY).taken == 0
        assert len(box.letters) == 1, "the server did take it"
        advance(now=NOON + DAY)
        assert ways("ada") == [("later", "running", "")]

    def test_a_server_that_is_away_costs_nothing_but_time(self, settings: object) -> None:
        planned("ada")
        planned("ben")
        with nobody() as url:
            settings.EMAIL_URL = url  # type: ignore[attr-defined]
            send(now=NOON)
        for user in ("ada", "ben"):
            ((_, state, reason),) = states(user)
            assert state == "planned" and "cannot be used" in reason
        assert set(Message.objects.values_list("attempts", flat=True)) == {1}

    def test_after_the_last_pause_it_is_given_up(self, box: Mailbox) -> None:
        message = planned()
        box.will = lambda step, recipient: "451 never"
        Message.objects.filter(pk=message.pk).update(attempts=len(PAUSES))
        send(now=NOON)
        assert states("ada") == [("mail", "failed", f"given up after {len(PAUSES) + 1} tries: 451 never")]


@pytest.mark.usefixtures("journey", "outbox")
def test_a_claim_past_its_deadline_is_unknown_and_never_sent_again() -> None:
    planned()
    assert len(claim(now=NOON, until=NOON + CLAIMED_FOR, limit=10).messages) == 1
    assert send(now=NOON + CLAIMED_FOR).unknown == 0
    late = send(now=NOON + CLAIMED_FOR + MINUTE)
    assert (late.unknown, late.taken) == (1, 0)
    assert states("ada") == [("mail", "unknown", SILENCE)]
    advance(now=NOON + HOUR)
    assert ways("ada") == [("later", "running", "")]


def test_words_that_break_for_one_customer_fail_with_the_line(outbox: Path) -> None:
    viewers()
    template("sums", subject="Sums", body="<p>Hello</p>\n<p>{{ 10 | divided_by: points }}</p>")
    running(flow("viewers", mail=mail(words="sums")))
    planned("ada", points=0)
    planned("ben", points=5)
    send(now=NOON)
    ((_, state, reason),) = states("ada")
    assert state == "failed" and "body, line 2" in reason
    assert states("ben")[0][1] == "sent"


def test_a_text_body_becomes_paragraphs_with_links(box: Mailbox) -> None:
    viewers()
    template("plain", subject="Plain", body="Hi {{ first_name }},\n\nlook: https://shop.example/new.\nBye <3")
    running(flow("viewers", mail=mail(words="plain")))
    planned()
    send(now=NOON)
    html = box.letters[0].get_body(("html",)).get_content()
    assert "<p>Hi Ada,</p>" in html and "Bye &lt;3" in html
    assert re.search(r'href="http://localhost:8000/m/c/[\w-]{43}/0"', html)
    assert TrackedLink.objects.get().url == "https://shop.example/new"


def test_a_text_message_leaves_through_its_own_channel(outbox: Path) -> None:
    viewers()
    template("short", subject="", body="Hi {{ first_name }} & co", channel="sms")
    running(flow("viewers", mail={"type": "send", "channel": "sms", "template": "short", "next": "end"}))
    number = identify("ada", NOON, phone="+48600100200", first_name="Ada")
    agree(number, NOON, channel="sms")
    view("ada", NOON)
    go(NOON)
    assert states("ada") == [("mail", "sent", "")]
    (path,) = outbox.iterdir()
    assert path.read_text() == "To: +48600100200\n\nHi Ada & co\n"


@pytest.mark.usefixtures("journey", "outbox")
def test_sending_is_no_event_of_the_customer() -> None:
    planned()
    before = Event.objects.count()
    send(now=NOON)
    assert Event.objects.count() == before and Enrolment.objects.get().due_at is not None
