"""The builder as somebody uses it: what its tests share."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, Page, expect

from customers.ingest import ingest
from customers.models import Source
from segmentation.models import Segment
from segmentation.save import create
from tests.ground.chromium import Visit, settle
from tests.stages.shop import rule

Json = dict[str, Any]
VIEWED = "Product Viewed"


def shop(now: datetime, *, category: str = "Activewear") -> None:
    """Three customers; ada and bob viewed a product, ada ordered."""
    source = Source.objects.create(slug="web", name="Web shop", created_at=now)
    at = (now - timedelta(minutes=5)).isoformat()
    calls: list[Json] = []
    for user in ("ada", "bob", "eve"):
        traits = {"firstName": user.title(), "address": {"country": "PL" if user == "ada" else "DE"}, "points": 7}
        calls.append({"type": "identify", "userId": user, "traits": traits})
    for user, event, properties in (
        ("ada", VIEWED, {"category": category, "price": 20, "product_id": "p1"}),
        ("bob", VIEWED, {"category": category, "price": 30, "product_id": "p2"}),
        ("ada", "Order Completed", {"order_id": "o1", "revenue": 50, "product_id": "p1"}),
    ):
        calls.append({"type": "track", "event": event, "userId": user, "properties": properties})
    for number, call in enumerate(calls):
        call |= {"messageId": f"m{number}", "timestamp": at}
    ingest(source=source, calls=calls, received_at=now)


def draft(now: datetime, *conditions: Json, name: str = "Drawn") -> Segment:
    return create(name=name, slug="drawn", rule=rule(*conditions), by=None, now=now)


class Builder:
    """The builder as somebody uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rule = page.locator("#builder-rule")
        self.dialog = page.get_by_role("dialog")

    def add(self, kind: str) -> Locator:
        """Add a condition at the end of the first group; its first editor is open then."""
        add = self.rule.get_by_role("button", name="+ Condition")
        add.nth(self.rule.locator(".group").count() - 1 if self.rule.locator(".group.out").count() == 0 else 0).click()
        self.dialog.get_by_role("button", name=kind).click()
        expect(self.dialog.get_by_role("button", name="Done")).to_be_visible()
        return self.dialog

    def part(self, text: str | re.Pattern[str]) -> Locator:
        return self.rule.locator(".pick", has_text=text)

    def open(self, text: str | re.Pattern[str], number: int = -1) -> Locator:
        """Open the editor of a part of a sentence: the last one of this text, or the one of that number."""
        self.part(text).nth(number).click()
        return self.dialog

    def choose(self, label: str, text: str) -> None:
        """Type into a field that completes, and take what it offers."""
        self.dialog.get_by_label(label, exact=True).fill(text)
        self.offered(text).click()

    def offered(self, text: str) -> Locator:
        """The option of this text, once the answer to what is typed is there: a list that changes swallows a click."""
        option = self.dialog.get_by_role("listbox").get_by_role("option", name=text).first
        expect(option).to_be_visible()
        expect(self.dialog.locator("[role=listbox][aria-busy=true]")).to_have_count(0)
        return option

    def done(self) -> None:
        self.dialog.get_by_role("button", name="Done").click()
        self.closed()

    def closed(self) -> None:
        """Wait until the editor is gone: one that is no longer seen may not have told its end yet."""
        expect(self.page.locator("dialog.pop")).to_have_count(0)

    def document(self) -> Json:
        """The rule as the JSON view has it."""
        found: Json = json.loads(self.page.locator("#builder-document").input_value())
        return found

    def conditions(self) -> list[Json]:
        found: list[Json] = self.document()["include"]["conditions"]
        return found

    def counted(self, count: int) -> None:
        """Wait for a number that is of the rule on the page."""
        expect(self.page.locator("#builder-size[aria-busy=false]:not(.stale)")).to_be_visible()
        expect(self.page.locator("#builder-number")).to_have_text(str(count))

    def saved(self) -> None:
        expect(self.page.locator("#builder-status")).to_contain_text("Draft saved")


def opened(visit: Visit, **how: Any) -> Builder:
    page = visit("/segments/drawn/rule/", **how)
    settle(page)
    return Builder(page)
