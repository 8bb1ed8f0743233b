"""Every report on paper: its name and its numbers, in light colours, nothing to press, nothing cut off; every chart has a table."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.everywhere import installation
from tests.ground.chromium import Visit, settle

REPORTS = (
    "/reports/overlap/",
    "/reports/stability/buyers/",
    "/reports/migration/?segments=buyers&segments=readers",
    "/reports/latency/",
    "/governance/conflicts/?now=1",
    "/governance/health/",
    "/governance/reviews/",
)
# A chart's numbers stand beside it behind one click, or in a table of the same report.
WITHOUT_TABLE = """() => [...document.querySelectorAll("figure[data-chart]")]
    .filter((figure) => !figure.querySelector("details table") && !document.querySelector("#report table"))
    .map((figure) => figure.dataset.chart)"""
SHOWN = """() => [...document.querySelectorAll(".rail, .btn, .filters, .toasts, .skip, dialog")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true })).map((one) => one.className || one.tagName)"""
PAPER = "getComputedStyle(document.querySelector('.sheet, .part, main')).colorScheme"


def on_paper(page: Page) -> list[str]:
    """What is wrong with a page as it would be printed."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    faults = [f"shows {name}" for name in page.evaluate(SHOWN)] + ([f"is {wide} px too wide"] if wide > 0 else [])
    return faults if page.evaluate(PAPER) == "light" else [*faults, "is dark"]


def test_every_report_prints_whole_and_light_with_nothing_to_press(visit: Visit) -> None:
    installation()
    wrong = {}
    for path in REPORTS:
        page = visit(path)
        page.emulate_media(media="screen", color_scheme="dark")
        settle(page)
        charts = [f"no table for {chart}" for chart in page.evaluate(WITHOUT_TABLE)]
        page.set_viewport_size({"width": 718, "height": 1046})
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator("h1")).to_be_visible()
        if found := charts + on_paper(page):
            wrong[path] = found
    assert wrong == {}
