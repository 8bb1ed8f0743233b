"""The pages of customers and data, home and login, as people use them. test_everywhere.py looks at how every page is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from customers.ingest import ingest
from customers.models import Customer, Source
from tests.ground.chromium import Visit, account


def shop(now: datetime) -> Customer:
    """A source, a customer with a few events, and one call that was rejected."""
    source = Source.objects.create(slug="web", name="Web shop", created_at=now)
    at = (now - timedelta(minutes=2)).isoformat()
    ada = {"userId": "u-1", "timestamp": at}
    calls = [
        {"type": "identify", "messageId": "a", "traits": {"firstName": "Ada", "email": "ada@example.com"}, **ada},
        {
            "type": "track",
            "messageId": "b",
            "event": "Product Viewed",
            "properties": {"name": "Shirt", "price": 12},
            **ada,
        },
        {"type": "track", "messageId": "c"},
    ]
    ingest(source=source, calls=calls, received_at=now)
    return Customer.objects.get(user_id="u-1")


def test_a_page_that_is_missing_or_forbidden_says_what_to_do(
    visit: Visit, accessible: Callable[[Page], None], troubles: list[str]
) -> None:
    page = visit("/no-such-page/", as_="analyst")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    accessible(page)
    troubles[:] = [one for one in troubles if "404" not in one]


def test_a_person_logs_in_and_out(visit: Visit, accessible: Callable[[Page], None]) -> None:
    account("marketer")
    page = visit("/customers/?kind=known", as_="")
    accessible(page)
    page.get_by_label("Name").fill("marketer")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill("tideline")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    assert page.url.endswith("/customers/?kind=known")
    page.get_by_label("Account of marketer").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_account_menu_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/sources/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    summary = page.get_by_label("Account of marketer")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Light")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(page.get_by_role("button", name="Light")).to_be_hidden()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_menu_opens_over_the_page_on_a_phone(visit: Visit, accessible: Callable[[Page], None]) -> None:
    page = visit("/sources/", width=390)
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(navigation).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    navigation.get_by_role("link", name="Customers").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()


def test_typing_finds_a_customer_and_back_returns_to_everyone(visit: Visit) -> None:
    shop(datetime.now(UTC))
    page = visit("/customers/")
    expect(page.locator("#count")).to_contain_text("1 customer, as of")
    page.get_by_label("Search").press_sequentially("nobody")
    expect(page.get_by_text("Nobody fits")).to_be_visible()
    page.get_by_label("Search").fill("ada")
    expect(page.get_by_role("link", name="Ada")).to_be_visible()
    page.get_by_role("link", name="Ada").click()
    expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Ada")).to_be_visible()


def test_back_undoes_a_filter_and_what_the_page_can_do_stays(visit: Visit) -> None:
    shop(datetime.now(UTC))
    page = visit("/customers/", as_="analyst")
    page.locator("#kind").select_option("anonymous")
    expect(page.get_by_text("Nobody fits")).to_be_visible()
    expect(page).to_have_url(re.compile("kind=anonymous"))
    page.go_back()
    expect(page.get_by_role("link", name="Ada")).to_be_visible()
    expect(page.locator("#count")).to_contain_text("1 customer, as of")
    page.get_by_label("Account of analyst").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#kind").select_option("known")
    expect(page).to_have_url(re.compile("kind=known"))


def test_an_event_appears_on_an_open_profile_by_itself(visit: Visit) -> None:
    now = datetime.now(UTC)
    customer = shop(now)
    page = visit(f"/customers/{customer.pk}/")
    expect(page.locator(".timeline")).to_contain_text("Product Viewed")
    call = {"type": "track", "messageId": "new", "event": "Wish Made", "userId": "u-1", "timestamp": now.isoformat()}
    ingest(source=Source.objects.get(), calls=[call], received_at=now)
    expect(page.locator(".timeline")).to_contain_text("Wish Made")


def test_a_marketer_sets_an_attribute_in_a_dialog_and_sees_what_is_wrong(
    visit: Visit, accessible: Callable[[Page], None], troubles: list[str]
) -> None:
    customer = shop(datetime.now(UTC))
    page = visit(f"/customers/{customer.pk}/")
    page.get_by_role("button", name="Set", exact=True).click()
    dialog = page.get_by_role("dialog", name="Set an attribute")
    dialog.get_by_label("Attribute").fill("points")
    dialog.get_by_label("Kind").select_option("number")
    dialog.get_by_label("Value").fill("many")
    dialog.get_by_role("button", name="Set").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This is no number")
    accessible(page)
    dialog.get_by_label("Value").fill("12.5")
    dialog.get_by_role("button", name="Set").click()
    expect(page.locator(".toast")).to_contain_text("points is set")
    expect(page.locator("#traits")).to_contain_text("12.5")
    troubles[:] = [one for one in troubles if "422" not in one]


def test_an_admin_makes_a_key_that_works_and_revokes_it(visit: Visit) -> None:
    page = visit("/sources/", as_="admin")
    page.get_by_role("button", name="New source").click()
    page.get_by_label("Name", exact=True).fill("Web shop")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="New write key").click()
    key = page.locator(".secret code").inner_text()
    answer = page.request.post(
        "/v1/track",
        headers={"Content-Type": "application/json"},
        data={"writeKey": key, "event": "Hello", "userId": "u-9"},
    )
    assert answer.json() == {"success": True}
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked", exact=True)).to_be_visible()
    assert page.request.post("/v1/track", data={"writeKey": key, "event": "Hello", "userId": "u-9"}).status == 401
