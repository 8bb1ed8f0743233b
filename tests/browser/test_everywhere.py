"""Every page, by day on a desk and by night on a phone: accessible, whole, without an error, asking nobody outside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.everywhere import PAGES, installation
from tests.ground.chromium import Visit, faults, settle, stop_renewing

# What the dark and the small can break; the rest of the rules reads the same document a second time.
LOOK = ["color-contrast", "target-size", "scrollable-region-focusable"]


@pytest.mark.parametrize("area", PAGES)
def test_every_page_is_accessible_light_and_dark_and_fits_a_phone(visit: Visit, area: str) -> None:
    found = installation()
    wrong: list[str] = []
    for path in PAGES[area]:
        page = visit(path.format(**found), as_="" if path == "/login/" else "admin")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})
        settle(page)
        stop_renewing(page)
        wrong += faults(page) + _by_night(page)
    assert not wrong, "\n\n".join(wrong)


def _by_night(page: Page) -> list[str]:
    """What is wrong with a page in the dark at 390 pixels."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return faults(page, rules=LOOK) + ([f"{page.url} scrolls sideways by {wide} px"] if wide > 0 else [])
