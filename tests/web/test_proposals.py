"""What the builder proposes for a typed condition: whole, exact, and only what the catalogue knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from common import clock
from segmentation.propose import Proposal, propose
from tests.ground.chromium import account
from tests.stages.shop import HOUR, NOON, did, identify, live, rule, track

pytestmark = pytest.mark.django_db
NOTHING: list[str] = []


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    """A shop with activewear, tickets, opened mails and a live segment."""
    at = NOON - HOUR
    identify("ada", at, country="PL", gender="female", birthday="1990-05-03", tags=["gold"], vip=True)
    for category in ("Activewear", "Active bags", "Running shoes"):
        track("ada", "Product Viewed", at, category=category, price=250)
    track("ada", "Page Viewed", at, path="/")
    track("ada", "Order Completed", at, order_id="o1", revenue=50, products=[{"product_id": "p", "price": 50}])
    for event in ("Ticket Opened", "Ticket Closed"):
        track("ada", event, at, ticket_id="t1")
    for event in ("Email Opened", "Email Link Clicked"):
        track("ada", event, at)
    live("vip-retention", rule(did("Order Completed")), NOON, name="VIP retention")
    with clock.frozen(NOON):
        yield


def proposed(text: str) -> list[Proposal]:
    return propose(text=text, now=NOON)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "viewed activewear 3 times in 2 days",
            "has done Product Viewed where category is Activewear, at least 3 times in the last 2 days",
        ),
        ("view running shoes", "has ever done Product Viewed where category is Running shoes, at least once"),
        (
            "product viewed price over 200 3 times in 90 days",
            "has done Product Viewed where price is more than 200, at least 3 times in the last 90 days",
        ),
        ("no order in two weeks", "has not done Order Completed in the last 2 weeks"),
        ("page viewed on 5 days in a month", "has done Page Viewed on at least 5 different days in the last 30 days"),
        (
            "email opened or email link clicked in 30 days",
            "has done Email Opened or Email Link Clicked at least once in the last 30 days",
        ),
        ("average price of product viewed under 60", "the all-time average price of Product Viewed is less than 60"),
        ("first order in the last 30 days", "first order is in the last 30 days"),
        ("age between 25 and 34", "age is between 25 and 34"),
        ("revenue_ever over 2,000", "all-time revenue is more than 2,000"),
        ("not country pl", "country is not PL"),
        ("gender female or f", "gender is female or f"),
        ("total revenue top 50%", "total revenue is in the top 50 %"),
        ("birthday in the next 7 days", "birthday has its anniversary in the next 7 days"),
        ("in vip retention", "is in the segment vip-retention"),
        ("entered vip in 7 days", "entered the segment vip-retention in the last 7 days"),
        ("reachable by sms", "can be reached by SMS"),
        ("vip", "vip is true"),
    ],
)
def test_the_first_proposal_says_what_was_typed(text: str, sentence: str) -> None:
    assert [one.sentence for one in proposed(text)][:1] == [sentence]


def test_whoever_has_something_open_or_is_excepted_is_left_out() -> None:
    found = proposed("no open ticket")[0]
    assert (found.side, found.node["same"]) == ("exclude", ["ticket_id"])
    assert found.sentence.startswith("has done Ticket Opened in the last 365 days, not followed by Ticket Closed")
    assert proposed("open ticket")[0].side == "include"
    excepted = proposed("except email unsubscribed")[0]
    assert (excepted.side, excepted.sentence) == ("exclude", "email consent is unsubscribed")


def test_a_word_that_is_not_understood_gives_no_proposal() -> None:
    for text in (
        "viewed lawnmowers 3 times",
        "flew to the moon",
        "country PL 3 times",
        "%",
        "",
        "or or",
        "between 2 and",
    ):
        assert [one.sentence for one in proposed(text)] == NOTHING, text


def test_the_page_gets_conditions_with_their_sentences() -> None:
    client = Client()
    client.force_login(account("marketer"))
    answer = client.get(reverse("segmentation:suggest-conditions"), {"q": "no order in 14 days"}).json()
    assert answer["results"][0] == {
        "node": {
            "type": "event",
            "event": "Order Completed",
            "measure": {"aggregate": "count"},
            "operator": "eq",
            "value": 0,
            "window": {"last": {"amount": 14, "unit": "days"}},
        },
        "side": "include",
        "sentence": "has not done Order Completed in the last 14 days",
    }
