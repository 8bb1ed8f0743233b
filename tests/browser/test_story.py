"""The whole chain as people see it: a segment is drawn and published, words and a journey are written, somebody else approves,
a shop's own client sends what customers do, and the member, the message and the letter are there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from segment.analytics.client import Client as SegmentClient
from segment.analytics.request import _session

from campaigns import tasks
from campaigns.models import Message
from common import clock
from customers.keys import create_write_key
from customers.models import DirtyCustomer, Event
from segmentation import tasks as segment_tasks
from segmentation.evaluate import evaluate
from segmentation.models import Job, Membership, Segment
from tests.browser.drawing import VIEWED, Builder
from tests.ground.chromium import Visit, account, settle
from tests.stages.conftest import box  # noqa: F401
from tests.stages.mailbox import Mailbox

PATIENCE = 120.0
SEEN = 20_000
BODY = '<p>Dear {{ first_name }}, <a href="https://shop.example/boots">the boots</a> you looked at are back.</p>'
NAME = "Looked at it twice"


class Shop:
    """A site with the client library that shops have, unchanged."""

    def __init__(self, address: str) -> None:
        self.key = create_write_key(source="shop", now=clock.now())
        self.address = address

    def says(self, say: Callable[[Any], None]) -> None:
        """Hand something to the client, and wait until the server has answered it."""
        client = SegmentClient(self.key, host=self.address, upload_interval=0.05, on_error=self._fail)
        say(client)
        client.flush()
        client.shutdown()
        # The library keeps its connection open for the life of the process, and the server would wait for its end.
        _session.close()

    @staticmethod
    def _fail(error: Exception, batch: Any) -> None:
        raise AssertionError(f"not delivered: {error}")


def until(holds: Callable[[], object], what: str) -> None:
    """Do what workers and the scheduler do, round after round, until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        segment_tasks.jobs()
        while DirtyCustomer.objects.exists() and time.monotonic() < deadline:
            evaluate(now=clock.now())
        tasks.advance_journeys()
        tasks.send_messages()


def logged_in(visit: Visit, name: str) -> Page:
    """The first page of somebody who logged in with name and password."""
    account(name)
    page = visit("/login/", as_="", width=1440 if name == "marketer" else 1280)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("tideline")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name=f"Hello, {name.capitalize()}")).to_be_visible(timeout=SEEN)
    return page


def draw_segment(page: Page) -> None:
    """Viewed a product at least 2 times in the last 7 days, published."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="New segment").first.click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible(timeout=SEEN)
    settle(page)
    builder = Builder(page)
    builder.add("What they did")
    builder.choose("Event, or any of several", VIEWED)
    builder.done()
    builder.counted(2)
    builder.open("at least once").get_by_label("Number").fill("2")
    builder.done()
    builder.open("in the last 30 days").get_by_label("How long").fill("7")
    builder.done()
    builder.counted(0)
    builder.saved()
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Leaving this page does not stop it.")).to_be_visible(timeout=SEEN)


def write_words(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Templates").click()
    page.get_by_role("link", name="New template").first.click()
    page.get_by_label("Name").fill("The boots are back")
    page.get_by_label("Subject").fill("Hello {{ first_name }}")
    page.get_by_label("Body").fill(BODY)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved", timeout=SEEN)


def draw_journey(page: Page) -> None:
    """One letter to whoever enters, sent for approval."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journeys").click()
    page.get_by_role("link", name="New journey").first.click()
    page.get_by_label("Name").fill("Bring them back")
    page.get_by_label("Starts when a customer enters").select_option(label=NAME)
    page.get_by_role("button", name="Draw its steps").click()
    page.get_by_label("Add a step at the start").click()
    page.get_by_role("button", name="Send a message").locator("visible=true").click()
    page.get_by_label("Words of mail1").select_option(label="The boots are back (E-mail)")
    page.get_by_label("Goal").fill("Order Completed")
    page.get_by_role("button", name="Save", exact=True).locator("visible=true").last.click()
    expect(page.locator(".toast")).to_contain_text("Saved", timeout=SEEN)
    fill_card(page)
    page.get_by_role("button", name="Send for approval").click()
    expect(page.get_by_role("heading", name="Waits for approval")).to_be_visible(timeout=SEEN)
    expect(page.get_by_role("button", name="Approve and start")).to_have_count(0)


def fill_card(page: Page) -> None:
    """Nobody sends a journey for approval before its segment says what it is for."""
    page.get_by_role("link", name="Fill in the card").click()
    words = {"Goal": "Sell boots", "Campaign action": "One letter", "Message strategy": "They are back"}
    for label, text in {**words, "KPI": "conversion", "Target": "0.2", "Review on": "2030-01-01"}.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("E-mail").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#card")).to_contain_text("Conversion, target 20.0", timeout=SEEN)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journeys").click()
    page.get_by_role("main").get_by_role("link", name="Bring them back").first.click()


def approve(page: Page) -> None:
    """The other account finds it on its first page, and says yes."""
    page.get_by_role("main").get_by_role("link", name="Bring them back").first.click()
    page.get_by_role("button", name="Approve and start").click()
    expect(page.locator(".toast")).to_contain_text("It is live", timeout=SEEN)


def met(client: Any) -> None:
    """Two people who looked at a product once; Ada may be written to."""
    for name in ("ada", "bob"):
        traits = {"email": f"{name}@shop.example", "firstName": name.capitalize()}
        client.identify(name, traits, context={"consent": {"channels": {"email": True}}})
        client.track(name, VIEWED, {"product_id": "boots", "price": 80})


def test_from_a_drawn_segment_to_a_letter(visit: Visit, box: Mailbox) -> None:  # noqa: F811
    shop = Shop(visit.server.address)
    shop.says(met)
    author = logged_in(visit, "marketer")
    draw_segment(author)
    until(lambda: Segment.objects.filter(status="live").exists() and not Job.objects.filter(state="waiting").exists(),
          "the segment was not published")  # fmt: skip
    expect(author.get_by_text("Leaving this page does not stop it.")).to_have_count(0, timeout=SEEN)
    write_words(author)
    draw_journey(author)
    approve(logged_in(visit, "approver"))

    shop.says(lambda client: client.track("ada", VIEWED, {"product_id": "boots", "price": 80}))
    assert Event.objects.filter(name__name=VIEWED).count() == 3
    until(lambda: box.letters and Message.objects.filter(state="sent").exists(), "no letter came")
    assert Membership.objects.filter(state="active").count() == 1

    author.goto(f"{visit.server.address}/segments/looked-at-it-twice/members/")
    expect(author.locator("main")).to_contain_text("Ada", timeout=SEEN)
    expect(author.locator("main")).not_to_contain_text("Bob")
    author.get_by_role("navigation", name="Main").get_by_role("link", name="Messages").click()
    row = author.get_by_role("row", name=re.compile("Hello Ada"))
    expect(row).to_contain_text("ada@shop.example", timeout=SEEN)
    expect(row).to_contain_text("Sent")
    row.get_by_role("link", name="Hello Ada").click()
    expect(author.frame_locator("iframe.letter").get_by_text("Dear Ada")).to_be_visible(timeout=SEEN)

    (letter,) = box.letters
    assert (letter["To"], letter["Subject"]) == ("ada@shop.example", "Hello Ada")
    assert "Dear Ada" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
