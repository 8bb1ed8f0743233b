"""The marketer's desk: a newcomer's first rule, counted key by key, and the life of a segment by mouse and by keyboard alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from segmentation import tasks
from segmentation.models import Job, Membership, Segment
from tests.browser.drawing import VIEWED, Builder, draft, opened, shop
from tests.browser.hands import Hands, Keys, Mouse
from tests.ground.chromium import Visit, settle
from tests.stages.shop import HOUR, track

MOST = 25
BROWSERS = {
    "version": 1,
    "include": {
        "op": "all",
        "conditions": [
            {
                "type": "event",
                "event": VIEWED,
                "where": [{"property": "category", "operator": "is", "value": "Activewear"}],
                "measure": {"aggregate": "count"},
                "operator": "gte",
                "value": 3,
                "window": {"last": {"amount": 2, "unit": "days"}},
            },
            {
                "type": "event",
                "event": "Order Completed",
                "measure": {"aggregate": "count"},
                "operator": "eq",
                "value": 0,
                "window": {"last": {"amount": 2, "unit": "weeks"}},
            },
        ],
    },
    "exclude": {
        "op": "any",
        "conditions": [
            {
                "type": "sequence",
                "first": {"event": "Ticket Opened"},
                "then": {"event": "Ticket Closed"},
                "negate": True,
                "within": {"amount": 365, "unit": "days"},
                "window": {"last": {"amount": 365, "unit": "days"}},
                "same": ["ticket_id"],
            }
        ],
    },
}


class Counted:
    """A newcomer. A click is one, a key is one, and a typed word is one: its first letters would do."""

    def __init__(self, page: Page) -> None:
        self.page, self.steps = page, 0

    def click(self, name: str) -> None:
        self.steps += 1
        self.page.get_by_role("link", name=name).first.click()

    def type(self, text: str) -> None:
        self.steps += len(text.split())
        self.page.keyboard.type(text)

    def enter(self) -> None:
        self.steps += 1
        self.page.keyboard.press("Enter")


def test_a_newcomer_draws_a_rule_of_three_conditions_in_fewer_than_25_clicks_and_keys(visit: Visit) -> None:
    now = datetime.now(UTC)
    shop(now)
    for event in ("Ticket Opened", "Ticket Closed"):
        track("eve", event, now - HOUR, ticket_id="t1")
    page = visit("/segments/")
    somebody, builder = Counted(page), Builder(page)
    somebody.click("New segment")
    expect(page.get_by_label("Name")).to_be_visible()
    page.get_by_label("Name").focus()
    somebody.type("Browsers")
    somebody.enter()
    box = page.locator("#builder-wish")
    expect(box.get_by_label("Type a condition")).to_be_focused()
    marked = box.locator("[role=option][aria-selected=true] span")
    for text, sentence in (
        (
            "viewed Activewear three times in two days",
            "has done Product Viewed where category is Activewear, at least 3 times in the last 2 days",
        ),
        ("no order in two weeks", "has not done Order Completed in the last 2 weeks"),
        (
            "no open ticket",
            "Leave out whoever has done Ticket Opened in the last 365 days, not followed by Ticket Closed"
            " with the same ticket id within 365 days",
        ),
    ):
        somebody.type(text)
        expect(marked).to_have_text(sentence)
        somebody.enter()
        expect(box.get_by_label("Type a condition")).to_have_value("")
    builder.saved()
    assert somebody.steps == 21 < MOST
    assert Segment.objects.get().rule == builder.document() == BROWSERS


class Marketer:
    """Somebody at the desk, with a mouse or without one."""

    def __init__(self, builder: Builder, hands: Hands) -> None:
        self.builder, self.page, self.hands = builder, builder.page, hands

    def follow(self, name: str, role: str = "link") -> None:
        control = self.page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
        # On a page that has just come, its scripts first: without them a question would not be asked.
        expect(control).to_be_visible()
        settle(self.page)
        self.hands.press(control)

    def publish(self, *told: str, note: str = "") -> None:
        """Look at what publishing would do, and do it; the rebuild is done when this returns."""
        self.follow("Publish…")
        expect(self.page.get_by_role("heading", name="Publish Drawn")).to_be_visible()
        for text in told:
            expect(self.page.locator("main")).to_contain_text(text)
        if note:
            self.hands.write(self.page.get_by_label("What changed, and why"), note)
        self.follow("Publish", "button")
        expect(self.page.locator(".toast")).to_contain_text("Published.")
        tasks.jobs()
        assert not Job.objects.filter(state__in=("waiting", "running")).exists()
        self.page.reload()
        settle(self.page)

    def reads_why(self, name: str, event: str) -> None:
        """Find a member, and read why they are in."""
        self.follow("Members")
        self.hands.write(self.page.get_by_label("Find a member"), name, enter=True)
        expect(self.page.locator("tbody tr")).to_have_count(1)
        self.follow("Why?")
        expect(self.page.locator(".answer")).to_contain_text("matches the rule")
        expect(self.page.locator(".tree")).to_contain_text(event)


def test_a_rule_that_was_changed_this_instant_is_published_as_it_stands(visit: Visit) -> None:
    shop(datetime.now(UTC))
    draft(datetime.now(UTC))
    builder = opened(visit)
    somebody, box = Marketer(builder, Mouse(builder.page)), builder.page.locator("#builder-wish")
    somebody.hands.write(box.get_by_label("Type a condition"), "product viewed")
    expect(box.locator("[role=option][aria-selected=true] span")).to_have_text(
        "has ever done Product Viewed at least once"
    )
    # Before the draft has saved itself: two saves at once would be a conflict of somebody with themselves.
    builder.page.evaluate(
        "() => { document.querySelector('#builder-wish [role=option][aria-selected=true]').click();"
        " [...document.querySelectorAll('a')].find((link) => link.textContent.includes('Publish…')).click(); }"
    )
    expect(builder.page.get_by_role("heading", name="Publish Drawn")).to_be_visible()
    expect(builder.page.locator("main")).to_contain_text("Has ever done Product Viewed at least once.")


@pytest.mark.parametrize("hands", [Mouse, Keys])
def test_a_segment_is_published_read_changed_and_rolled_back(visit: Visit, hands: type[Mouse | Keys]) -> None:
    now = datetime.now(UTC)
    shop(now)
    segment = draft(now)
    builder = opened(visit)
    somebody = Marketer(builder, hands(builder.page))
    page = builder.page
    box = page.locator("#builder-wish")
    somebody.hands.write(box.get_by_label("Type a condition"), "product viewed")
    marked = box.locator("[role=option][aria-selected=true]")
    expect(marked.locator("span")).to_have_text("has ever done Product Viewed at least once")
    somebody.hands.take(marked)
    builder.counted(2)
    expect(page.locator("#builder-sample")).to_contain_text("Product Viewed: 1")
    somebody.publish("Enter2who are not in now", "Ada", "Bob", note="First cut")
    somebody.reads_why("ada", "Product Viewed")
    # The threshold changes: the builder says who would leave before anything is published.
    somebody.follow("Edit rule")
    builder.counted(2)
    somebody.hands.press(builder.part("at least once"))
    somebody.hands.write(builder.dialog.get_by_label("Number"), "2")
    somebody.hands.finish()
    builder.counted(0)
    expect(page.locator("#builder-rows")).to_contain_text("Leave on publish−2")
    expect(page.locator("#builder-missed")).to_contain_text("Product Viewed: 1")
    somebody.publish("Leave2of 2 who are in now", "Nobody would be in it.", note="Only the keen ones")
    assert not Membership.objects.filter(segment=segment).exists()
    # Back to the first version.
    somebody.follow("Versions")
    expect(page.locator("tbody")).to_contain_text("Only the keen ones")
    somebody.follow("Compare the two", "button")
    expect(page.locator(".beside .differs")).to_have_count(1)
    somebody.follow("Versions")
    somebody.follow("Take as draft", "button")
    somebody.follow("Take it", "button")
    builder.counted(2)
    somebody.publish("Enter2who are not in now")
    assert Membership.objects.filter(segment=segment).count() == 2
    segment.refresh_from_db()
    assert segment.live_version is not None and segment.live_version.number == 3
    assert segment.live_version.rule == segment.versions.get(number=1).rule
