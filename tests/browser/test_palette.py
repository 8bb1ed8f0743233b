"""The palette and the shortcuts: everything with a name is a few keys away."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from segmentation.models import Segment
from tests.browser.test_pages import shop
from tests.ground.chromium import Visit, settle


def test_the_palette_leads_to_whatever_is_typed_by_keyboard_and_by_mouse(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    customer = shop(datetime.now(UTC))
    now = datetime.now(UTC)
    Segment.objects.create(slug="vip", name="VIP", status="live", created_at=now, updated_at=now)
    page = visit("/sources/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Go to a page")
    expect(box).to_be_focused()
    expect(page.get_by_role("option", name="Home")).to_have_attribute("aria-selected", "true")
    accessible(page)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="Customers")).to_have_attribute("aria-selected", "true")
    page.keyboard.type("ada@")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/customers/{customer.pk}/$"))
    settle(page)
    page.get_by_role("link", name="Search", exact=True).click()
    box.fill("vip")
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("option", name="VIP").click()
    expect(page).to_have_url(re.compile("/segments/vip/$"))
    settle(page)


def test_the_shortcuts_are_listed_and_can_be_turned_off(visit: Visit, accessible: Callable[[Page], None]) -> None:
    page = visit("/sources/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Live events")).to_be_visible()
    settle(page)
    page.keyboard.press("?")
    dialog.get_by_label("Keys without").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
