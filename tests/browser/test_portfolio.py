"""Who may speak, changed in a browser: by a typed rank, by keyboard, by dragging; lanes; the matrix; and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from segmentation.models import Exclusion, ExclusionGroup, Segment
from tests.ground.chromium import Visit, settle


def _portfolio() -> None:
    now = datetime.now(UTC)
    for rank, name in enumerate(("First", "Second", "Third"), 1):
        Segment.objects.create(
            slug=name.lower(), name=name, status="live", kind="static", rank=rank, created_at=now, updated_at=now
        )


def _ranks() -> list[str]:
    return list(Segment.objects.order_by("rank").values_list("name", flat=True))


def test_a_rank_is_typed_seen_applied_and_undone(visit: Visit, accessible: Callable[[Page], None]) -> None:
    _portfolio()
    page = visit("/governance/")
    lines = page.locator(".ranks > li")
    rank = page.get_by_label("Rank of Third")
    rank.fill("1")
    rank.press("Enter")
    expect(lines.nth(0)).to_contain_text("was 3")
    expect(page.locator("#order-said")).to_contain_text("Third: rank 1. Nobody would be suppressed")
    expect(rank).to_be_focused()
    assert _ranks() == ["First", "Second", "Third"]
    settle(page)
    accessible(page)
    page.get_by_role("button", name="Apply the new order").click()
    expect(page.locator(".toast")).to_contain_text("The new order counts")
    assert _ranks() == ["Third", "First", "Second"]
    page.locator(".toast").get_by_role("link", name="Undo").click()
    expect(page.get_by_text("Third moves from rank 3 to 1")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("Change 1 is undone")).to_be_visible()
    expect(page.locator("table.settings-log tbody tr")).to_have_count(2)
    assert _ranks() == ["First", "Second", "Third"]


def test_segments_move_by_keyboard_and_by_dragging_and_a_hidden_one_keeps_its_place(visit: Visit) -> None:
    _portfolio()
    page = visit("/governance/")
    lines = page.locator(".ranks > li")
    page.get_by_role("link", name="Third").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#order-said")).to_contain_text("Nobody would be suppressed")
    expect(lines.nth(1)).to_contain_text("was 3")
    expect(page.get_by_role("link", name="Third")).to_be_focused()
    page.get_by_label("Find by name").fill("ir")
    expect(lines.nth(0)).to_be_visible()
    lines.nth(1).drag_to(lines.nth(0), target_position={"x": 60, "y": 4})
    expect(lines.nth(0)).to_contain_text("Third")
    expect(lines.nth(0)).to_contain_text("was 3")
    page.get_by_label("Find by name").fill("")
    expect(lines).to_contain_text(["Third", "First", "Second"])
    page.get_by_role("link", name="Discard").click()
    expect(lines).to_contain_text(["First", "Second", "Third"])
    assert _ranks() == ["First", "Second", "Third"]


def test_a_cell_and_a_lane_show_what_they_would_do_before_they_do_it(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    _portfolio()
    page = visit("/governance/exclusions/?show=all")
    page.get_by_role("button", name="First is a full stop").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="First excludes Third")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First excludes Third")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_focused()
    assert not Exclusion.objects.exists()
    settle(page)
    accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("First excludes Third")
    assert Exclusion.objects.get().excludes.slug == "third"
    ExclusionGroup.objects.create(name="Offers", created_at=datetime.now(UTC)).segments.set(Segment.objects.all())
    page = visit("/governance/groups/")
    page.get_by_role("button", name="Take Second out of Offers").click()
    expect(page.get_by_role("heading", name="Second leaves Offers")).to_be_visible()
    settle(page)
    accessible(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".toast")).to_contain_text("Second leaves Offers")
    expect(page.locator(".runners > li a")).to_have_text(["First", "Third"])
