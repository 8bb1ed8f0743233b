"""Every rule of tests/cases is drawn in the builder: by mouse in its editors, and by keyboard alone, typed or in its editors."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from customers.models import CatalogueAttribute, CatalogueProperty, EventName
from segmentation.models import Segment
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.describe import phrase
from segmentation.rules.parse import parse
from tests.browser.drawing import Builder, draft, opened, shop
from tests.browser.hands import Drawer, Keys, Mouse, conditions_of, same
from tests.ground.chromium import Visit
from tests.stages.shop import HOUR, did, live, rule, track

Json = dict[str, Any]
# The last one asks for an empty text, which only the JSON view can write.
CASES = sorted(path.parent for path in (Path(__file__).parent.parent / "cases").glob("*/rule.json"))[:-1]
TWENTY = [case for case in CASES if int(case.name[:2]) <= 20]
EVENTS = (
    "Email Delivered, Email Link Clicked, Email Opened, Order Completed, Page Viewed, Product Added, Product Ordered,"
    " Product Removed, Product Viewed, Ticket Closed, Ticket Opened"
)
# What is typed for a condition of a case; conditions that are not here are drawn in their editors.
TYPED = {
    "has done Product Viewed where category is Activewear, at least 3 times in the last 48 hours": (
        "viewed activewear 3 times in 48 hours"
    ),
    "has not done Order Completed in the last 14 days": "no order in 14 days",
    "number of orders is at least 1": "number of orders at least 1",
    "email consent is unsubscribed": "except email unsubscribed",
    "has done Order Completed at least 3 times in the last 180 days": "order 3 times in 180 days",
    "all-time revenue is more than 2,000": "all-time revenue over 2,000",
    "has done Email Opened or Email Link Clicked at least once in the last 30 days": (
        "email opened or email link clicked in 30 days"
    ),
    "has ever done Order Completed at least 2 times": "order twice",
    "has not done Order Completed in the last 120 days": "no order in 120 days",
    "all-time revenue is more than 1,500": "all-time revenue over 1500",
    "has done Page Viewed on at least 5 different days in the last 30 days": "page viewed on 5 days in 30 days",
    "has done Product Added at least once in the last 30 days": "product added in 30 days",
    "has never done Order Completed": "never order",
    "first order is in the last 30 days": "first order in the last 30 days",
    "has not done Order Completed in the last 365 days": "no order in a year",
    "has not done Email Opened or Email Link Clicked in the last 90 days": "no email opened or email link clicked in 90 days",
    "has done Order Completed at least once in the last 90 days": "order in 90 days",
    "total revenue is in the top 50 %": "total revenue top 50%",
    "has done Email Opened at least once in the last 30 days": "email opened in 30 days",
    "gender is female or f": "gender female or f",
    "age is between 25 and 34": "age between 25 and 34",
    "has done Product Ordered where category is Activewear, at least 2 times in the last 90 days": (
        "product ordered activewear twice in 90 days"
    ),
    "total revenue is in the top 20 %": "total revenue top 20%",
    "has not done Order Completed in the last 60 days": "no order in 60 days",
    "has done Email Delivered at least 5 times in the last 90 days": "email delivered 5 times in 90 days",
    "has not done Email Opened in the last 90 days": "no email opened in 90 days",
    "has done Product Viewed where price is more than 200, at least 3 times in the last 90 days": (
        "product viewed price over 200 3 times in 90 days"
    ),
    "the all-time average price of Product Ordered is less than 60": "average price of product ordered under 60",
    "has done Order Completed at least once in the last 365 days": "order in 365 days",
    "has done Order Completed exactly once between 60 and 30 days ago": "order exactly once between 60 and 30 days ago",
    "has done Order Completed exactly once in all": "order exactly once",
    "entered the segment at-risk in the last 7 days": "entered at-risk in 7 days",
    "is in the segment vip-retention": "in vip-retention",
    "has done Ticket Opened in the last 365 days, not followed by Ticket Closed with the same ticket id within 365 days": (
        "no open ticket"
    ),
    "country is DE or Germany": "country DE or Germany",
    "largest number of orders in one category is at least 3": "most_orders_in_one_category at least 3",
}


@pytest.fixture
def builder(visit: Visit) -> Builder:
    """An empty rule, in a shop that knows the names that the cases use."""
    now = datetime.now(UTC)
    shop(now)
    line = {"product_id": "p1", "category": "Activewear", "price": 30, "quantity": 2}
    track("eve", "Order Completed", now - HOUR, order_id="o2", revenue=60, products=[line])
    for name in EVENTS.split(", "):
        kept, _ = EventName.objects.get_or_create(name=name, defaults={"first_received_at": now})
        for key in ("ticket_id", "price", "category") if name != "Page Viewed" else ():
            seen = {"type": "text", "first_seen_at": now, "last_seen_at": now}
            CatalogueProperty.objects.get_or_create(name=kept, key=key, defaults=seen)
    CatalogueAttribute.objects.get_or_create(key="gender", defaults={"type": "text"})
    for slug in ("at-risk", "vip-retention"):
        live(slug, rule(did("Order Completed")), now)
    draft(now)
    found = opened(visit)
    found.counted(3)
    return found


def document_of(case: Path) -> Json:
    found: Json = json.loads((case / "rule.json").read_text(encoding="utf-8"))
    return found


def test_every_rule_is_drawn_by_mouse_and_reads_as_its_sentence(builder: Builder) -> None:
    undo, mouse, drawn = builder.page.get_by_role("button", name="Undo"), Mouse(builder.page), set[str]()
    drawer = Drawer(builder, mouse)
    for case in CASES:
        document = document_of(case)
        if drawn.isdisjoint(shapes := {shape(node) for _, node in conditions_of(document)}) or case not in TWENTY:
            drawer.rule_of(document)
        else:
            for number, (side, node) in enumerate(conditions_of(document)):
                draw(drawer, side, number, node, by_editors=shape(node) not in drawn)
        drawn |= shapes
        assert same(builder, document), f"{case.name}: {builder.document()}"
        expect(builder.rule.locator(".cond")).to_have_count(sum(1 for _ in _leaves(document)))
        if case is not CASES[-1]:
            while undo.is_enabled():
                undo.click()
    said = (CASES[-1] / "sentence.txt").read_text(encoding="utf-8").strip()
    expect(builder.page.locator("#builder-sentence")).to_have_text(said)
    expect(builder.rule.locator(".fault")).to_have_count(0)
    builder.saved()
    assert Segment.objects.get(slug="drawn").rule == builder.document()


def test_the_twenty_rules_are_drawn_by_keyboard_alone(builder: Builder) -> None:
    keys = Keys(builder.page)
    drawer = Drawer(builder, keys)
    for case in TWENTY:
        document = document_of(case)
        for number, (side, node) in enumerate(conditions_of(document)):
            draw(drawer, side, number, node)
        assert same(builder, document), f"{case.name}: {builder.document()}"
        for _ in conditions_of(document):
            keys.reach(builder.rule.locator(".grip").first)
            keys.key("Delete")
    expect(builder.rule.locator(".cond")).to_have_count(0)


def shape(node: Json) -> str:
    """What of a condition makes its editing differ: kind, measure, operators, form of the window."""
    where = [line["operator"] for line in node.get("where", [])]
    measure, window = node.get("measure", {}).get("aggregate"), next(iter(node.get("window", {})), "")
    return f"{node.get('type')} {measure} {where} {window} {node.get('operator')} {type(node.get('value')).__name__}"


def draw(drawer: Drawer, side: str, number: int, node: Json, *, by_editors: bool = False) -> None:
    """A condition of a rule: typed and seen as its sentence before it is taken, or in the editors."""
    sentence = phrase(parse(rule(node), catalogue=Catalogue()).include.conditions[0])
    if sentence not in TYPED or by_editors:
        if side == "exclude" and not drawer.rule.locator(".group.out").count():
            drawer.hands.press(drawer.rule.get_by_role("button", name="+ Leave some out"))
        drawer.condition(node, f"/{side}", f"/{side}/conditions/{number if side == 'include' else 0}")
        return
    box, before = drawer.builder.page.locator("#builder-wish"), drawer.rule.locator(".cond").count()
    drawer.hands.write(box.get_by_label("Type a condition"), TYPED[sentence])
    marked = box.locator("[role=option][aria-selected=true]")
    expect(marked.locator("span")).to_have_text(re.compile(rf"^(Leave out whoever )?{re.escape(sentence)}$"))
    drawer.hands.take(marked)
    expect(drawer.rule.locator(".cond")).to_have_count(before + 1)


def _leaves(node: Any) -> Any:
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for value in node.values():
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)
