"""The order of the portfolio, changed by keyboard and by dragging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from segmentation.models import Segment
from tests.ground.chromium import Visit, settle


def _portfolio() -> None:
    now = datetime.now(UTC)
    for rank, name in enumerate(("First", "Second", "Third"), 1):
        Segment.objects.create(
            slug=name.lower(), name=name, status="live", kind="static", rank=rank, created_at=now, updated_at=now
        )


def _ranks() -> list[str]:
    return list(Segment.objects.order_by("rank").values_list("name", flat=True))


def test_a_segment_is_moved_up_by_keyboard_seen_and_applied(visit: Visit, accessible: Callable[[Page], None]) -> None:
    _portfolio()
    page = visit("/governance/")
    lines = page.locator(".ranks > li")
    page.get_by_role("button", name="Move Third up").focus()
    page.keyboard.press("Enter")
    expect(lines.nth(1)).to_contain_text("Third")
    expect(page.get_by_text("Nobody would be suppressed")).to_be_visible()
    expect(page.get_by_role("button", name="Move Third up")).to_be_focused()
    assert _ranks() == ["First", "Second", "Third"]
    settle(page)
    accessible(page)
    page.get_by_role("button", name="Apply the new order").click()
    expect(page.locator(".toast")).to_contain_text("The new order counts")
    assert _ranks() == ["First", "Third", "Second"]


def test_a_segment_is_dragged_and_the_change_discarded(visit: Visit) -> None:
    _portfolio()
    page = visit("/governance/")
    lines = page.locator(".ranks > li")
    lines.nth(2).drag_to(lines.nth(0), target_position={"x": 60, "y": 4})
    expect(page.get_by_role("button", name="Apply the new order")).to_be_visible()
    expect(lines.nth(0)).to_contain_text("Third")
    page.get_by_role("link", name="Discard").click()
    expect(lines.nth(0)).to_contain_text("First")
    assert _ranks() == ["First", "Second", "Third"]


def test_a_group_shows_what_it_would_do_while_it_is_drawn(visit: Visit, accessible: Callable[[Page], None]) -> None:
    _portfolio()
    page = visit("/governance/group/")
    page.get_by_label("Name of the group").fill("Offers")
    page.get_by_label("1. First").check()
    page.get_by_label("2. Second").check()
    expect(page.locator("#effect")).to_contain_text("Nobody would be suppressed")
    accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Only the first is active: First, Second")).to_be_visible()
