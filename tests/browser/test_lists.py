"""Lists in a real browser: by keyboard, many at once, as saved views; and everything that has to work without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from campaigns import approvals
from campaigns.models import Journey
from common import clock
from customers.models import SavedView
from segmentation.models import Segment
from segmentation.save import create
from tests.ground.chromium import Visit, settle
from tests.stages.campaign import author, draft, flow, mail, template
from tests.stages.shop import customer, did, identify, live, rule


def shop() -> None:
    """A live segment, two lists, three customers."""
    now = clock.now()
    live("viewers", rule(did("Product Viewed", days=7)), now=now - timedelta(hours=1))
    for name in ("Guests", "Friends"):
        create(name=name, kind="static", by=None, now=now)
    for minutes, user in enumerate(("ada", "ben", "cleo"), 1):
        identify(
            user, now - timedelta(minutes=minutes), first_name=user.title(), country="PL" if user == "ben" else "DE"
        )


def test_a_list_is_walked_chosen_from_changed_and_kept_as_a_view(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    shop()
    page = visit("/segments/")
    settle(page)
    for key in ("j", "j", "k", "ArrowDown", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("link", name="Guests")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Choose Guests")).to_be_checked()
    expect(page.get_by_role("status").filter(has_text="1 chosen")).to_have_count(1)
    page.get_by_role("checkbox", name="Choose all on this page").check()
    expect(page.locator("[data-chosen]")).to_have_text("3 chosen")
    page.get_by_role("checkbox", name="Choose Friends").uncheck()
    page.locator("summary", has_text="Tag").click()
    page.get_by_label("Tag", exact=True).last.fill("spring")
    accessible(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".toast")).to_contain_text("2 segments tagged.")
    assert [one.tags for one in Segment.objects.order_by("rank")] == [["spring"], ["spring"], []]
    settle(page)
    page.keyboard.press("/")
    page.keyboard.type("gue")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=gue"))
    page.locator("summary", has_text="Save as a view").click()
    # Leaving the search is no new search: it would close the menu again.
    settle(page)
    page.get_by_label("Name", exact=True).fill("My guests")
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("link", name="My guests")).to_have_attribute("aria-current", "page")
    assert SavedView.objects.get().query == "q=gue"
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.locator("table.list tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Segment", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Segment")
    settle(page)
    page.keyboard.press("Escape")
    page.locator("main").focus()
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()


def test_lists_profile_segment_and_approval_work_without_a_script(visit: Visit) -> None:
    shop()
    template(name="A warm welcome")
    journey = draft(flow("viewers", mail=mail()), "welcome", clock.now())
    approvals.submit(journey=journey, by=author(), now=clock.now())
    page = visit("/customers/", scripts=False)
    page.locator("#country").select_option("PL")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("table.list a.row")).to_have_text(["Ben"])
    page.get_by_role("checkbox", name="Choose Ben").check()
    page.locator("summary", has_text="Put on a list").click()
    page.get_by_label("Static segment").select_option("Guests")
    page.get_by_role("button", name="Put on it").click()
    expect(page.locator(".toast")).to_contain_text("1 customer put on the list Guests.")
    page.get_by_role("link", name="Count them").click()
    expect(page.locator("main")).to_contain_text("1 customer of 3")
    page.goto(f"/customers/{customer('ben')}/")
    expect(page.get_by_role("heading", name="Ben")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Guests")
    page.goto("/segments/?sort=-name")
    expect(page.locator("table.list a.row").first).to_have_text("Viewers")
    page.get_by_role("link", name="Guests").click()
    page.get_by_role("link", name="Members").click()
    expect(page.locator("main")).to_contain_text("Ben")
    approver = visit("/journeys/welcome/", as_="approver", scripts=False)
    approver.get_by_role("button", name="Approve").click()
    expect(approver.locator(".toast")).to_contain_text("Approved. It is live.")
    assert Journey.objects.get(slug="welcome").status == "live"
