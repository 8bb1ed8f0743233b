"""The builder in a real browser: conditions move, wrap and turn off, and nothing drawn is ever lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from segmentation.models import Segment
from segmentation.save import create, save_draft
from tests.browser.drawing import VIEWED, draft, opened, shop
from tests.ground.chromium import Visit, account
from tests.stages.shop import did, rule


def test_a_rule_is_drawn_moved_and_undone_by_keyboard_alone(visit: Visit) -> None:
    shop(datetime.now(UTC))
    draft(datetime.now(UTC), did("Order Completed"))
    builder = opened(visit)
    builder.counted(1)
    press, type_ = builder.page.keyboard.press, builder.page.keyboard.type
    builder.rule.get_by_role("button", name="+ Condition").focus()
    press("Enter")
    expect(builder.dialog.get_by_label("Type a condition")).to_be_focused()
    press("Tab")
    press("Tab")
    press("Enter")
    attribute = builder.dialog.get_by_label("Attribute")
    expect(attribute).to_be_focused()
    type_("countr")
    expect(builder.offered("country")).to_be_visible()
    press("ArrowDown")
    press("Enter")
    expect(attribute).to_have_value("country")
    press("Escape")
    expect(builder.part("country")).to_be_focused()
    press("Tab")
    press("Enter")
    values = builder.dialog.get_by_label("Any of these")
    values.focus()
    type_("Atlantis")
    press("Enter")
    expect(builder.dialog.get_by_role("button", name="Take out Atlantis")).to_be_visible()
    press("Escape")
    press("Escape")
    builder.counted(0)
    grip = builder.rule.get_by_role("button", name="Move: country is Atlantis")
    grip.focus()
    press("ArrowUp")
    expect(grip).to_be_focused()
    assert [one["type"] for one in builder.conditions()] == ["attribute", "event"]
    press("Delete")
    assert builder.conditions() == [did("Order Completed")]
    builder.counted(1)
    press("Control+z")
    press("Control+z")
    assert [one["type"] for one in builder.conditions()] == ["event", "attribute"]
    press("Control+Shift+z")
    assert [one["type"] for one in builder.conditions()] == ["attribute", "event"]


def test_conditions_are_dragged_wrapped_doubled_turned_off_and_left_out(visit: Visit) -> None:
    shop(datetime.now(UTC))
    draft(datetime.now(UTC), did(VIEWED), did("Order Completed"))
    builder = opened(visit)
    builder.counted(1)
    first = builder.rule.get_by_role("button", name=re.compile(f"Move: has done {VIEWED}"))
    first.drag_to(builder.rule.locator(".cond").nth(1), target_position={"x": 200, "y": 30})
    assert [one["event"] for one in builder.conditions()] == ["Order Completed", VIEWED]

    def act(name: str, action: str) -> None:
        builder.rule.get_by_role("button", name=re.compile(f"Actions for: {name}")).first.click()
        builder.dialog.get_by_role("button", name=action).click()
        builder.closed()

    act("has done Order Completed", "Wrap in a group")
    act("group", "Take the group apart")
    assert [one["event"] for one in builder.conditions()] == ["Order Completed", VIEWED]
    act("has done Order Completed", "Wrap in a group")
    act("has done Order Completed", "Duplicate")
    group = builder.conditions()[0]
    assert group == {"op": "any", "conditions": [did("Order Completed"), did("Order Completed")]}
    builder.rule.get_by_role("button", name=re.compile("^or:")).click()
    assert builder.conditions()[0]["op"] == "none"
    act("group", "Turn off")
    expect(builder.rule.locator(".group.off")).to_be_visible()
    builder.counted(2)
    builder.saved()
    builder.page.reload()
    expect(builder.rule.locator(".group.off")).to_be_visible()
    builder.counted(2)
    act("group", "Turn off")
    builder.counted(1)
    act("group", "Move to the other side")
    expect(builder.rule.locator(".group.out .group")).to_be_visible()
    builder.counted(1)
    builder.saved()
    assert builder.document()["exclude"]["conditions"][0]["op"] == "none"


def test_sentences_and_json_stay_in_step_and_faults_stand_at_their_place(visit: Visit) -> None:
    shop(datetime.now(UTC))
    draft(datetime.now(UTC), did(VIEWED))
    builder = opened(visit)
    builder.counted(2)
    builder.page.get_by_role("button", name="JSON").click()
    text = builder.page.get_by_label("The rule as JSON")
    text.fill("{")
    expect(builder.page.locator("#builder-document-fault")).to_contain_text("Not taken over yet")
    wrong = rule(did(VIEWED), {"type": "attribute", "key": "age", "operator": "gte", "value": "old"})
    text.fill(json.dumps(wrong))
    expect(builder.page.locator("#builder-faults")).to_contain_text("/include/conditions/1/value")
    builder.page.get_by_role("button", name="Sentences").click()
    part = builder.part("is at least old")
    expect(part).to_have_attribute("aria-invalid", "true")
    expect(part.locator("xpath=following-sibling::*[1]")).to_have_class("fault")
    builder.open("is at least old").get_by_label("Number").fill("30")
    builder.done()
    builder.counted(0)
    assert builder.conditions()[1]["value"] == 30
    builder.page.get_by_role("button", name="Undo").click()
    assert builder.conditions()[1]["value"] == "old"


def test_a_draft_that_somebody_else_saved_is_a_conflict_and_no_loss(
    visit: Visit, troubles: list[str], accessible: Callable[[Page], None]
) -> None:
    shop(datetime.now(UTC))
    segment = draft(datetime.now(UTC), did(VIEWED))
    builder = opened(visit)
    builder.counted(2)
    theirs = rule(did("Order Completed"))
    save_draft(segment=segment, rule=theirs, by=account("approver"), now=datetime.now(UTC))
    builder.open("at least once").get_by_label("Number").fill("4")
    builder.done()
    conflict = builder.page.get_by_role("alert")
    expect(conflict).to_contain_text("approver saved another draft at")
    expect(conflict).to_contain_text("Has ever done Order Completed at least once.")
    expect(conflict.locator("mark")).to_have_text(
        ["has done Product Viewed at least 4 times ever", "has done Order Completed at least once ever"]
    )
    assert Segment.objects.get().rule == theirs
    builder.page.locator("#builder-wish").get_by_label("Type a condition").fill("country")
    expect(builder.page.locator("#builder-wish [role=option]").first).to_be_visible()
    accessible(builder.page)
    conflict.get_by_role("button", name="Merge both").click()
    builder.saved()
    assert builder.document() == rule(did(VIEWED, 4), did("Order Completed")) == Segment.objects.get().rule
    # Somebody else again; this time mine stays.
    save_draft(segment=segment, rule=theirs, by=None, now=datetime.now(UTC))
    builder.page.get_by_role("button", name="Undo").click()
    expect(conflict).to_contain_text("Somebody saved another draft at")
    conflict.get_by_role("button", name="Keep mine").click()
    builder.saved()
    expect(conflict).to_have_count(0)
    mine = builder.document()
    assert mine == rule(did(VIEWED, 4)) == Segment.objects.get().rule
    builder.page.get_by_role("button", name="Undo").click()
    assert builder.document() == theirs
    troubles[:] = [one for one in troubles if "409" not in one]


def test_markup_in_names_and_values_is_shown_as_text(visit: Visit, accessible: Callable[[Page], None]) -> None:
    evil = "<img src=x onerror=alert(1)> & <b>bold</b>"
    shop(datetime.now(UTC), category=evil)
    where = [{"property": "<i>cat</i>", "operator": "is", "value": evil}]
    draft(datetime.now(UTC), {**did("</script><b>Event</b>"), "where": where}, name=f"Named {evil}")
    builder = opened(visit)
    builder.counted(0)
    expect(builder.page.get_by_role("heading", level=1)).to_have_text(f"Named {evil}")
    expect(builder.rule.locator(".word")).to_contain_text(f"</script><b>Event</b> where <i>cat</i> is {evil}")
    expect(builder.page.locator("#builder-warnings")).to_contain_text("</script><b>Event</b>")
    assert builder.page.locator("main :is(img, b:not(.left > b, .note b), i)").count() == 0
    accessible(builder.page)


def test_the_builder_is_accessible_light_and_dark_with_an_editor_open_and_fits_a_phone(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    shop(datetime.now(UTC))
    excluded = [{"type": "attribute", "key": "country", "operator": "is", "value": []}]
    group = {"op": "any", "conditions": [did(VIEWED), did("Order Completed", 2, 30)]}
    create(name="Drawn", slug="drawn", rule=rule(group, exclude=excluded), by=None, now=datetime.now(UTC))
    for scheme, width in (("light", 1440), ("dark", 1440), ("light", 390)):
        builder = opened(visit, scheme=scheme, width=width)
        expect(builder.rule.locator(".fault")).to_have_text("Name at least 1 of the values.")
        accessible(builder.page)
        assert builder.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        builder.open("at least 2 times")
        expect(builder.dialog.get_by_label("Measure")).to_be_visible()
        accessible(builder.page)
        builder.done()
        builder.open(VIEWED)
        expect(builder.dialog.get_by_role("button", name="Take out")).to_be_visible()
        accessible(builder.page)
        builder.done()
