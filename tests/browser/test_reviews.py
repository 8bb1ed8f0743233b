"""A review from end to end: the analyst reads the evidence, the marketer decides, the queue has the next date."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from segmentation.models import Review, Segment
from tests.browser.test_segments import shop
from tests.ground.chromium import Visit


def test_an_analyst_reads_the_evidence_and_a_marketer_keeps_the_segment_with_a_reason(
    visit: Visit, accessible: Callable[[Page], None]
) -> None:
    shop()
    today = datetime.now(UTC).date()
    Segment.objects.filter(slug="buyers").update(kpi="repeat_rate", kpi_target=0.5, review_on=today - timedelta(days=3))
    page = visit("/governance/reviews/", as_="analyst")
    expect(page.get_by_role("row", name="Buyers")).to_contain_text("0.0 %")
    page.get_by_role("link", name="Buyers", exact=True).click()
    for part, words in (
        ("KPI", "target 50.0 %: not met"),
        ("Who came and went", "Entered"),
        ("Sent in its name", "Nothing was sent"),
        ("Shares customers with", "Readers"),
        ("Findings", re.compile(r"Its review was due \d days ago")),
    ):
        sheet = page.locator(".sheet", has=page.get_by_role("heading", name=part))
        expect(sheet).to_contain_text(words)
    expect(page.get_by_role("button", name="Decide")).to_have_count(0)

    page = visit("/governance/reviews/buyers/", as_="marketer")
    expect(page.locator("[name=seen]")).to_have_count(6)
    page.get_by_label("Merge: another one").check()
    expect(page.get_by_label("Merge with")).to_contain_text("Readers: 100 % of this one are in it")
    page.get_by_label("Keep: it does what").check()
    expect(page.get_by_label("Merge with")).to_be_hidden()
    accessible(page)
    page.get_by_label("Why").fill("Two countries are worth it")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(".toast")).to_contain_text("is kept. Its next review is on")
    expect(page.get_by_role("row", name="Buyers")).to_contain_text("Two countries are worth it")
    kept = Review.objects.get()
    assert kept.next_review_on is not None and kept.next_review_on > today + timedelta(days=80)
    assert set(kept.evidence) == {"since", "as_of", "size", "kpi", "movement", "said", "findings", "overlaps"}
