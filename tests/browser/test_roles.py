"""The main paths of an approver and of an analyst in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns import approvals
from campaigns.models import Journey
from common import clock
from segmentation import approvals as rules
from segmentation.models import Segment
from segmentation.save import save_draft
from segmentation.work import work
from tests.ground.chromium import Visit, account, settle
from tests.stages.campaign import draft, flow, reachable
from tests.stages.shop import attribute, did, live, rule, track, who
from tests.stages.shop import settle as evaluated


@pytest.fixture
def shop(settings: Any) -> None:
    """Two live segments that share a customer; a journey in review; a rule of the other one that waits."""
    settings.SEGMENT_APPROVAL = "live"
    now = clock.now()
    viewers = live("viewers", rule(did("Product Viewed", days=7)), now=now - timedelta(days=3))
    live("buyers", rule(did("Order Completed")), now=now - timedelta(days=3))
    for user, events in (("ada", ("Product Viewed", "Order Completed")), ("ben", ("Product Viewed",)), ("cleo", ("Order Completed",))):  # fmt: skip
        reachable(user, now - timedelta(minutes=20), lifecycle="loyal")
        for event in events:
            track(user, event, now - timedelta(minutes=10))
    evaluated(now)
    account("marketer")
    journey = draft(flow("buyers"), "second-chance", now)
    approvals.submit(journey=journey, by=account("marketer"), now=now)
    wider = rule(did("Product Viewed", days=30))
    waiting = save_draft(segment=viewers, rule=wider, by=account("marketer"), now=now)
    rules.submit(segment=waiting, by=account("marketer"), note="A month", now=now)


def test_an_approver_reads_speaks_sends_back_and_lets_the_next_one_live(
    visit: Visit, shop: None, accessible: Callable[[Page], None]
) -> None:
    page = visit("/approvals/", as_="approver")
    accessible(page)
    page.get_by_role("link", name="Review Second-Chance").click()
    expect(page.get_by_role("heading", name="Waits for approval")).to_be_visible()
    expect(page.frame_locator("iframe.letter").get_by_text("Hello Ada!")).to_be_visible()
    page.get_by_label("Comment").fill("Who asked for a second mail?")
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("“Who asked for a second mail?”")).to_be_visible()
    page.get_by_label("A word to the author").fill("Say hello by name")
    page.get_by_role("button", name="Send back").click()
    expect(page.locator(".toast")).to_contain_text("Sent back")

    author = visit("/approvals/", as_="marketer")
    expect(author.get_by_text("“Say hello by name”")).to_be_visible()
    author.goto("/templates/welcome/")
    author.get_by_label("Name", exact=True).fill("Welcome")
    author.get_by_label("Subject").fill("Hello {{ first_name }}")
    author.get_by_role("button", name="Save").click()
    expect(author.locator(".toast")).to_contain_text("Saved")
    author.goto("/journeys/second-chance/")
    author.get_by_role("button", name="Send for approval").click()
    expect(author.get_by_role("heading", name="Waits for approval")).to_be_visible()
    expect(author.get_by_role("button", name="Approve and start")).to_have_count(0)

    page.goto("/approvals/")
    page.get_by_role("link", name="Review Second-Chance").click()
    page.get_by_role("button", name="Approve and start").click()
    expect(page.locator(".toast")).to_contain_text("It is live")
    assert Journey.objects.get().status == "live"

    page.goto("/approvals/")
    page.get_by_role("link", name="Review Viewers").click()
    expect(page.get_by_text("“A month”").first).to_be_visible()
    settle(page)
    accessible(page)
    page.get_by_role("button", name="Approve and publish").click()
    expect(page.locator(".toast")).to_contain_text("Approved and published")
    assert work(now=clock.now())
    assert who("viewers") == {"ada", "ben"} and Segment.objects.get(slug="viewers").live_version.number == 2  # type: ignore[union-attr]


def test_an_analyst_reads_every_report_and_is_offered_no_change(visit: Visit, shop: None) -> None:
    live("loyal", rule(attribute("lifecycle", "loyal")))
    page = visit("/reports/overlap/", as_="analyst")
    page.locator("table.list a.row").first.click()
    expect(page).to_have_url(re.compile(r"/reports/overlap/\w+/\w+/"))
    expect(page.get_by_role("link", name="Ada").first).to_be_visible()
    page.get_by_role("link", name="Ada").first.click()
    expect(page.get_by_role("heading", name="Ada").first).to_be_visible()
    page.goto("/reports/stability/")
    page.locator("main").get_by_role("link", name="Viewers").first.click()
    expect(page).to_have_url(re.compile(r"/reports/stability/viewers/"))
    page.goto("/reports/migration/?segments=buyers&segments=viewers")
    expect(page.get_by_role("heading", name="Migration").first).to_be_visible()
    for path in ("/segments/viewers/", "/segments/viewers/approval/", "/journeys/second-chance/", "/governance/", "/governance/health/", "/approvals/"):  # fmt: skip
        page.goto(path)
        settle(page)
        offered = page.locator("main form[method=post] button:enabled")
        assert offered.all_inner_texts() == [], path
