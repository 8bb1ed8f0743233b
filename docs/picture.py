"""Takes the README's picture from a running installation with the demo shop.

    python docs/picture.py http://localhost:8000

Needs Chromium and Playwright (both are there after `make test`).
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import ViewportSize, expect, sync_playwright

PLACE = Path(__file__).with_name("picture.png")
SEGMENT = "/segments/cart-abandoners/rule/"
PATIENCE = 60_000
SIZE: ViewportSize = {"width": 1440, "height": 900}


def take(base: str) -> Path:
    """The builder with its exact numbers, as a marketer sees it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", device_scale_factor=1)
        page.goto(f"{base}/login/?next={SEGMENT}")
        page.get_by_label("Name").fill("marketer")
        page.get_by_label("Password").fill("tideline")
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#builder-number")).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
        for filled in ("#builder-funnel dt", "#builder-sample tr", "#builder-missed tr"):
            expect(page.locator(filled).first).to_be_visible(timeout=PATIENCE)
        page.screenshot(path=PLACE)
        browser.close()
    return PLACE


if __name__ == "__main__":
    print(take(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"))
