"""Segments in a real browser: found by typing, published and watched."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from customers.ingest import ingest
from customers.models import Customer, Source
from segmentation.causes import Cause
from segmentation.publish import publish
from segmentation.save import create, save_draft
from segmentation.statics import add_members
from segmentation.work import work
from tests.ground.chromium import Visit
from tests.stages.shop import attribute, did, in_segment, live, rule


def shop() -> Customer:
    """Buyers live in its second version and read by another segment, with a draft of a third; and a draft not finished."""
    now = datetime.now(UTC)
    source = Source.objects.create(slug="web", name="Web shop", created_at=now)
    for number, user in enumerate(("ada", "bob")):
        at = {"userId": user, "timestamp": (now - timedelta(minutes=5)).isoformat()}
        traits = {"firstName": user.title(), "address": {"country": "PL"}}
        order = {"order_id": user, "revenue": 40 + number}
        calls = [
            {"type": "identify", "messageId": f"i{user}", "traits": traits, **at},
            {"type": "track", "messageId": f"o{user}", "event": "Order Completed", "properties": order, **at},
        ]
        ingest(source=source, calls=calls, received_at=now)
    buyers = live("buyers", rule(did("Order Completed")), now, goal="Keep them", tags=["value"], folder="Value")
    live("readers", rule(in_segment("buyers")), now)
    save_draft(segment=buyers, rule=rule(did("Order Completed"), attribute("country", ["PL", "DE"])), now=now)
    publish(segment=buyers, by=None, note="Two countries", now=now)
    assert work(now=now)
    save_draft(segment=buyers, rule=rule(attribute("country", "DE")), now=now)
    create(name="Half done", by=None, now=now, rule=rule(attribute("country", [])))
    ada = Customer.objects.get(user_id="ada")
    guests, why = create(name="Guests", kind="static", by=None, now=now), Cause("manual", detail="by hand", at=now)
    add_members(segment=guests, customers=[ada.pk], cause=why, now=now)
    create(name="Others", kind="static", by=None, now=now)
    return ada


def test_typing_finds_a_segment_and_its_address_can_be_shared(visit: Visit) -> None:
    shop()
    page = visit("/segments/")
    page.get_by_label("Search segments").press_sequentially("half")
    expect(page.get_by_role("link", name="Half done")).to_be_visible()
    expect(page.get_by_role("link", name="Buyers")).to_have_count(0)
    expect(page).to_have_url(re.compile("q=half"))
    page.reload()
    expect(page.get_by_role("link", name="Half done")).to_be_visible()
    page.get_by_label("Status").select_option("live")
    expect(page.get_by_text("No segment fits")).to_be_visible()


def test_a_publish_is_watched_until_its_members_are_in(visit: Visit) -> None:
    shop()
    page = visit("/segments/buyers/publish/")
    expect(page.get_by_text("Country is DE.")).to_be_visible()
    page.get_by_label("What changed, and why").fill("Only Germany")
    page.get_by_label("are taken in silently").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Leaving this page does not stop it.")).to_be_visible()
    assert work(now=datetime.now(UTC))
    expect(page.get_by_text("Leaving this page does not stop it.")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Country is DE.")
    expect(page.locator(".num")).to_have_text("0")


def test_a_member_is_found_understood_and_the_rule_looked_back_on(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    shop()
    page = visit("/segments/buyers/")
    expect(page.locator(".main-svg").first).to_be_visible()
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Goal").fill("Keep every one")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#card dd").first).to_have_text("Keep every one")
    page.get_by_role("link", name="Members").click()
    page.get_by_label("Find a member").fill("ada")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Total revenue").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("cell", name="40", exact=True)).to_be_visible()
    page.get_by_role("link", name="Why?").click()
    expect(page.get_by_text("matches the rule")).to_be_visible()
    page.get_by_role("link", name="Backtest").click()
    page.get_by_label("Days to look back").fill("3")
    page.get_by_role("button", name="Look back").click()
    expect(page.get_by_text("Leaving this page does not stop it.")).to_be_visible()
    while work(now=datetime.now(UTC)):
        pass
    expect(page.locator(".main-svg").first).to_be_visible()
    accessible(page)
