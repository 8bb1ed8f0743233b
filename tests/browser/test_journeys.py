"""Journeys in a real browser: drawn by keyboard, approved by somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.advance import advance
from campaigns.models import Journey, Message
from campaigns.send import send
from common import clock
from tests.ground.chromium import Visit, settle
from tests.stages.campaign import draft, flow, mail, reachable, running, template, wait
from tests.stages.shop import did, live, rule, track
from tests.stages.shop import settle as evaluated

DEADLINE = 120.0


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> None:
    """A live segment with two customers, words, a live journey that wrote to both, and one in review."""
    settings.EMAIL_URL, settings.OUTBOX = "", tmp_path
    now = clock.now()
    live("viewers", rule(did("Product Viewed", days=7)), now=now - timedelta(hours=1))
    template(name="A warm welcome")
    asks = {"type": "branch", "rule": rule(did("Email Opened")), "yes": "end", "no": "again"}
    document = flow("viewers", mail=mail("later"), later=wait("asks"), asks=asks, again=mail())
    running(document, now=now - timedelta(minutes=30))
    for user in ("ada", "ben"):
        reachable(user, now - timedelta(minutes=20))
        track(user, "Product Viewed", now - timedelta(minutes=10))
    evaluated(now)
    deadline = time.monotonic() + DEADLINE
    while Message.objects.filter(state="sent").count() < 2:
        assert time.monotonic() < deadline, "the messages were not sent"
        advance(now=clock.now())
        send(now=clock.now())
    draft(document, "second-chance", now)


def test_a_journey_is_drawn_by_keyboard_alone(visit: Visit, shop: None, accessible: Callable[[Page], None]) -> None:
    page = visit("/journeys/new/")
    page.get_by_label("Name").fill("By keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Edit By keys")).to_be_visible()
    settle(page)
    page.get_by_label("Add a step at the start").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    words = page.get_by_label("Words of mail1")
    expect(words).to_be_focused()
    # One letter: a list forgets what was typed a second ago, and a space opens it then.
    words.press("A")
    expect(words).to_have_value("welcome")
    page.get_by_label("Add a step after mail1").focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    asked = page.get_by_label("What ask1 asks")
    expect(asked).to_be_focused()
    expect(page.get_by_label("Rule of ask1")).to_be_hidden()
    page.get_by_label("Event of ask1").fill("Email Opened")
    settle(page)
    accessible(page)
    page.keyboard.press("Control+s")
    expect(page.locator(".toast")).to_contain_text("Saved")
    nodes = Journey.objects.get(slug="by-keys").document["nodes"]
    assert nodes["mail1"]["template"] == "welcome" and nodes["mail1"]["next"] == "ask1"
    assert nodes["ask1"]["rule"] == rule(did("Email Opened"))


def test_what_is_wrong_stands_where_it_is_wrong(visit: Visit, shop: None) -> None:
    page = visit("/journeys/second-chance/edit/")
    page.get_by_label("How long later").fill("soon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#step-later").get_by_role("alert")).to_contain_text("whole number from 1 up")


def test_somebody_else_reads_and_approves(visit: Visit, shop: None, accessible: Callable[[Page], None]) -> None:
    author = visit("/journeys/second-chance/", as_="mara")
    author.get_by_role("button", name="Send for approval").click()
    expect(author.get_by_role("heading", name="Waits for approval")).to_be_visible()
    expect(author.get_by_role("button", name="Approve and start")).to_have_count(0)
    page = visit("/journeys/second-chance/", as_="approver")
    settle(page)
    accessible(page)
    page.get_by_label("A word to the author").fill("Fine words")
    page.get_by_role("button", name="Approve and start").click()
    expect(page.locator(".toast")).to_contain_text("It is live")
    expect(page.get_by_text("“Fine words”")).to_be_visible()
    assert Journey.objects.get(slug="second-chance").status == "live"


def test_words_are_previewed_while_they_are_typed(visit: Visit, shop: None) -> None:
    page = visit("/templates/welcome/")
    letter = page.frame_locator("iframe.letter")
    expect(letter.get_by_text("Hello Ben!").or_(letter.get_by_text("Hello Ada!"))).to_be_visible()
    page.get_by_label("Body").fill("<p>Good morning {{ first_name | upcase }}</p>")
    expect(letter.get_by_text("Good morning BEN").or_(letter.get_by_text("Good morning ADA"))).to_be_visible()
    page.get_by_label("Body").fill("<p>{{ first_name | shout }}</p>")
    expect(letter.get_by_text("body, line 1")).to_be_visible()
