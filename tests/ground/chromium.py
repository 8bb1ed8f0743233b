"""A real Chromium for the tests under tests/browser and tests/flow.

Without one they are skipped, and say so; with REQUIRE_BROWSER=1 (as in CI) its absence is a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A page answers within a second; a busy machine may take a minute, and no test waits longer than it has to.
PATIENCE = 60_000
WIDE = {"width": 1440, "height": 900}


def find() -> str | None:
    """The path of a Chromium: the system's, or the one Playwright installed."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    return next((str(path) for path in sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser a test process."""
    path = find()
    if path is None:
        message = "no Chromium was found: install the package chromium, or run `playwright install chromium`"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, and {message}")
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous calls run an event loop in this thread; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        # Root may not use the sandbox, and /dev/shm is small in a container.
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            timeout=2 * PATIENCE,
        )
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser: cookies of its own, a wide screen."""
    context = chromium.new_context(viewport=WIDE, locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when a script failed, or the policy refused something."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    opened = visitor.new_page()
    opened.on("console", hear)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert not complaints, f"The browser's console has errors: {complaints}"
